//! Runs the rows of a workload in interleaved rounds, so that a busy neighbour or a change of clock hits all of them.

use crate::heap;
use crate::row::{Fallible, Loop, Row, Shared};
use crate::workload::Workload;
use crate::workload::input;
use std::fs;
use std::hint;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Clone, Copy)]
pub struct Plan {
    pub rounds: usize,
    /// How long each row runs in a round, about.
    pub slice: Duration,
    pub threads: usize,
}

/// What is known of a row: nanoseconds per operation and thread, or bytes per series.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub median: f64,
    pub min: f64,
    /// Allocations per operation, once everything has been used.
    pub allocations: f64,
    /// The length of the text that an operation made, or the series that were.
    pub size: usize,
}

/// Operations before anything is measured: all series exist after them.
const FIRST_USE: usize = 2 * input::INPUTS;

/// A slice in which a thread waited for its core longer than this share of it is not counted.
const WAITED: f64 = 0.01;

/// The outcome of each row, in the rows' order.
pub fn run(workload: Workload, rows: &[Row], plan: Plan) -> Fallible<Vec<Outcome>> {
    let shared = rows
        .iter()
        .map(|row| (row.prepare)().map_err(|error| format!("{}, {}: {error}", row.who, row.how).into()))
        .collect::<Fallible<Vec<_>>>()?;
    let meeting = Meeting::new(plan.threads);
    // A thread of its own even where it is one: its thread-locals are as new as a service's.
    let logs = thread::scope(|scope| {
        let start = || scope.spawn(|| work(workload, &shared, plan, &meeting));
        let threads: Vec<_> = (0..plan.threads).map(|_| start()).collect();
        threads.into_iter().map(thread::ScopedJoinHandle::join).collect::<Result<Vec<Vec<Log>>, _>>()
    });
    let logs = logs.map_err(|_| "a row panicked")?;
    Ok((0..rows.len()).map(|row| outcome(&logs.iter().map(|log| &log[row]).collect::<Vec<_>>())).collect())
}

/// What one thread saw of one row.
#[derive(Default)]
struct Log {
    slices: Vec<Slice>,
    allocations: f64,
    size: usize,
}

struct Slice {
    nanoseconds: f64,
    clean: bool,
}

/// One thread's part: every thread goes through the same rows in the same order.
fn work(workload: Workload, shared: &[Shared], plan: Plan, meeting: &Meeting) -> Vec<Log> {
    let mut loops: Vec<Loop> = shared.iter().map(|shared| shared()).collect();
    let mut logs: Vec<Log> = shared.iter().map(|_| Log::default()).collect();
    let first_use = if workload.is_scrape() { 3 } else { FIRST_USE };
    let operations: Vec<usize> = loops
        .iter_mut()
        .zip(&mut logs)
        .map(|(run, log)| {
            log.size = run(first_use);
            let (_, heap) = heap::of(|| run(first_use));
            log.allocations = ratio(heap.allocations, first_use);
            meeting.wait();
            let nanoseconds = measure(run, first_use).nanoseconds.max(0.1);
            meeting.agree(slice_length(plan.slice, nanoseconds))
        })
        .collect();
    for round in 0..plan.rounds {
        for turn in 0..loops.len() {
            let row = (round + turn) % loops.len();
            meeting.wait();
            logs[row].slices.push(measure(&mut loops[row], operations[row]));
        }
    }
    logs
}

#[expect(clippy::cast_precision_loss, reason = "neither is large")]
fn ratio(dividend: u64, divisor: usize) -> f64 {
    dividend as f64 / divisor as f64
}

/// The operations that fill a slice.
fn slice_length(slice: Duration, nanoseconds: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, far below 2⁵³")]
    let operations = (slice.as_secs_f64() * 1e9 / nanoseconds) as usize;
    operations.max(1)
}

fn measure(run: &mut Loop, operations: usize) -> Slice {
    let waited = run_delay();
    let start = Instant::now();
    run(operations);
    let took = start.elapsed();
    let waited = run_delay().saturating_sub(waited);
    Slice {
        nanoseconds: took.as_secs_f64() * 1e9 / ratio(operations as u64, 1),
        clean: waited.as_secs_f64() <= WAITED * took.as_secs_f64(),
    }
}

/// How long this thread was ready but had no core, where the system says so.
fn run_delay() -> Duration {
    let statistics = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = statistics.split_whitespace().nth(1).and_then(|field| field.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

fn outcome(threads: &[&Log]) -> Outcome {
    let rounds: Vec<(f64, bool)> = (0..threads[0].slices.len())
        .map(|round| {
            let slices: Vec<&Slice> = threads.iter().map(|log| &log.slices[round]).collect();
            let sum: f64 = slices.iter().map(|slice| slice.nanoseconds).sum();
            (sum / ratio(slices.len() as u64, 1), slices.iter().all(|slice| slice.clean))
        })
        .collect();
    let clean = rounds.iter().filter(|(_, clean)| *clean).count();
    // On a machine that is never quiet all rounds are as good as each other.
    let counts = |is_clean: bool| is_clean || clean * 3 < rounds.len();
    let mut times: Vec<f64> = rounds.iter().filter(|round| counts(round.1)).map(|round| round.0).collect();
    times.sort_by(f64::total_cmp);
    Outcome {
        median: times.get(times.len() / 2).copied().unwrap_or(f64::NAN),
        min: times.first().copied().unwrap_or(f64::NAN),
        allocations: threads.iter().map(|log| log.allocations).fold(0.0, f64::max),
        size: threads[0].size,
    }
}

/// Where threads wait for each other without sleeping, since waking up takes longer than many a slice.
struct Meeting {
    threads: usize,
    arrivals: AtomicUsize,
    largest: AtomicUsize,
}

impl Meeting {
    fn new(threads: usize) -> Self {
        Self { threads, arrivals: AtomicUsize::new(0), largest: AtomicUsize::new(0) }
    }

    fn wait(&self) {
        let arrival = self.arrivals.fetch_add(1, SeqCst);
        let everyone = (arrival / self.threads + 1) * self.threads;
        let mut spins = 0;
        while self.arrivals.load(SeqCst) < everyone {
            spins += 1;
            if spins % 1024 == 0 {
                thread::yield_now();
            }
            hint::spin_loop();
        }
    }

    /// The same number for all: the smallest that any of them proposes.
    fn agree(&self, number: usize) -> usize {
        self.largest.fetch_max(usize::MAX - number, SeqCst);
        self.wait();
        let smallest = usize::MAX - self.largest.load(SeqCst);
        self.wait();
        self.largest.store(0, SeqCst);
        self.wait();
        smallest
    }
}

/// Bytes of heap per series as the median, nanoseconds to make one as the minimum.
pub fn memory(row: &Row, series: usize) -> Fallible<Outcome> {
    input::many_paths();
    // In a thread of its own, whose thread-locals hold nothing yet.
    thread::scope(|scope| scope.spawn(|| fill(row, series)).join().map_err(|_| "a row panicked")?)
}

fn fill(row: &Row, series: usize) -> Fallible<Outcome> {
    let start = Instant::now();
    let (kept, heap) = heap::of(|| -> Fallible<(Shared, Loop)> {
        let shared = (row.prepare)()?;
        let mut run = shared();
        run(series);
        Ok((shared, run))
    });
    let took = start.elapsed();
    drop(kept?);
    #[expect(clippy::cast_precision_loss, reason = "far below 2⁵³")]
    let (bytes, divisor) = (heap.bytes as f64, series as f64);
    Ok(Outcome {
        median: bytes / divisor,
        min: took.as_secs_f64() * 1e9 / divisor,
        allocations: ratio(heap.allocations, series),
        size: series,
    })
}
