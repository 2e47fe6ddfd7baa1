//! Runs the rows of a workload in interleaved rounds, so that a busy neighbour or a change of clock hits all
//! of them.

use crate::heap;
use crate::machine;
use crate::row::{Fallible, Loop, Row, Shared};
use crate::workload::Workload;
use crate::workload::input;
use std::fs;
use std::hint;
use std::sync::Mutex;
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
    /// The share of the rounds in which every thread had its core to itself.
    pub clean: f64,
}

/// Operations before anything is measured: all series exist after them.
const FIRST_USE: usize = 2 * input::INPUTS;

/// Scrapes of a slice: as many for each row, so that the numbers are as long in all of them.
const SCRAPES: usize = 4;

/// How often a slice is tried until it is undisturbed.
const ATTEMPTS: usize = 8;

/// A slice in which a thread waited for its core longer than this share of it is not counted.
const WAITED: f64 = 0.01;

/// A slice of which less than this share ran beside all other threads' never counts: it was not contended.
const TOGETHER: f64 = 0.5;

/// Where fewer rounds than one in so many are undisturbed, the others count too.
const ENOUGH: usize = 3;

/// The outcome of each row, in the rows' order.
pub fn run(workload: Workload, rows: &[Row], plan: Plan) -> Fallible<Vec<Outcome>> {
    let shared = rows
        .iter()
        .map(|row| (row.prepare)().map_err(|error| format!("{}, {}: {error}", row.who, row.how).into()))
        .collect::<Fallible<Vec<_>>>()?;
    let meeting = Meeting::new(plan.threads);
    // Threads of their own even where it is one: its thread-locals are as new as a service's.
    let logs = thread::scope(|scope| {
        let work = |thread| work(workload, &shared, plan, Attendant { meeting: &meeting, thread });
        let threads: Vec<_> = (0..plan.threads).map(|thread| scope.spawn(move || work(thread))).collect();
        threads.into_iter().map(thread::ScopedJoinHandle::join).collect::<Result<Vec<Vec<Log>>, _>>()
    });
    // What is timed they all know of each other.
    let logs = logs.map_err(|_| "a row panicked")?.into_iter().next().unwrap_or_default();
    Ok(logs.iter().map(Log::outcome).collect())
}

/// What a thread saw of one row.
#[derive(Default)]
struct Log {
    rounds: Vec<Round>,
    allocations: f64,
    size: usize,
}

/// One row's slices of one round, of all threads.
#[derive(Clone, Copy, Default)]
struct Round {
    nanoseconds: f64,
    /// Whether all ran at the same time.
    together: bool,
    /// Whether none waited for its core.
    clean: bool,
}

/// One thread's part: every thread goes through the same rows in the same order.
fn work(workload: Workload, shared: &[Shared], plan: Plan, all: Attendant<'_>) -> Vec<Log> {
    if plan.threads > 1 {
        machine::stay(all.thread);
    }
    let mut loops: Vec<Loop> = shared.iter().map(|shared| shared()).collect();
    let mut logs: Vec<Log> = shared.iter().map(|_| Log::default()).collect();
    let first_use = if workload.is_scrape() { 3 } else { FIRST_USE };
    let operations: Vec<usize> = loops
        .iter_mut()
        .zip(&mut logs)
        .map(|(run, log)| {
            run.run(first_use, |part| part());
            let mut allocations = 0;
            run.run(first_use, |part| allocations += heap::of(part).1.allocations);
            log.allocations = ratio(allocations, first_use);
            log.size = run.size;
            let slowest = all.round(run, first_use).nanoseconds.max(0.1);
            if workload.is_scrape() { SCRAPES } else { slice_length(plan.slice, slowest) }
        })
        .collect();
    for round in 0..plan.rounds {
        for turn in 0..loops.len() {
            let row = (round + turn) % loops.len();
            logs[row].rounds.push(all.undisturbed(&mut loops[row], operations[row]));
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

impl Log {
    fn outcome(&self) -> Outcome {
        let clean = self.rounds.iter().filter(|round| round.clean && round.together).count();
        let counts = |round: &&Round| round.together && (round.clean || clean * ENOUGH < self.rounds.len());
        let mut times: Vec<f64> = self.rounds.iter().filter(counts).map(|round| round.nanoseconds).collect();
        times.sort_by(f64::total_cmp);
        Outcome {
            median: times.get(times.len() / 2).copied().unwrap_or(f64::NAN),
            min: times.first().copied().unwrap_or(f64::NAN),
            allocations: self.allocations,
            size: self.size,
            clean: ratio(clean as u64, self.rounds.len()),
        }
    }
}

/// One thread's slice.
#[derive(Clone, Copy)]
struct Slice {
    start: Instant,
    end: Instant,
    /// What of it belongs to the operations.
    took: Duration,
    /// How long the thread was ready then, but had no core.
    waited: Duration,
}

fn measure(run: &mut Loop, operations: usize) -> Slice {
    let start = Instant::now();
    let mut slice = Slice { start, end: start, took: Duration::ZERO, waited: Duration::ZERO };
    run.run(operations, |part| {
        let delay = run_delay();
        let start = Instant::now();
        part();
        slice.end = Instant::now();
        slice.took += slice.end - start;
        slice.waited += run_delay().saturating_sub(delay);
    });
    slice
}

/// How long this thread was ready but had no core, where the system says so.
fn run_delay() -> Duration {
    let statistics = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = statistics.split_whitespace().nth(1).and_then(|field| field.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// Where threads wait for each other without sleeping, since waking up takes longer than many a slice.
struct Meeting {
    arrivals: AtomicUsize,
    /// What each thread shows to the others.
    boards: Vec<Mutex<Option<Slice>>>,
}

impl Meeting {
    fn new(threads: usize) -> Self {
        Self { arrivals: AtomicUsize::new(0), boards: (0..threads).map(|_| Mutex::default()).collect() }
    }

    fn wait(&self) {
        let threads = self.boards.len();
        let everyone = (self.arrivals.fetch_add(1, SeqCst) / threads + 1) * threads;
        let mut spins = 0;
        while self.arrivals.load(SeqCst) < everyone {
            spins += 1;
            if spins % 1024 == 0 {
                thread::yield_now();
            }
            hint::spin_loop();
        }
    }
}

/// A thread at a meeting.
#[derive(Clone, Copy)]
struct Attendant<'a> {
    meeting: &'a Meeting,
    thread: usize,
}

impl Attendant<'_> {
    /// A round in which no thread waited for its core and all ran at the same time, if the machine lets them.
    fn undisturbed(self, run: &mut Loop, operations: usize) -> Round {
        let mut round = Round::default();
        for _ in 0..ATTEMPTS {
            round = self.round(run, operations);
            if round.clean && round.together {
                break;
            }
        }
        round
    }

    /// All threads' slices; each thread comes to the same result.
    fn round(self, run: &mut Loop, operations: usize) -> Round {
        // Whoever has just given its core away is the last to lose it again.
        thread::yield_now();
        // Nobody has read the boards of the last round later than this.
        self.meeting.wait();
        let mine = measure(run, operations);
        if let Ok(mut board) = self.meeting.boards[self.thread].lock() {
            *board = Some(mine);
        }
        self.meeting.wait();
        let boards = self.meeting.boards.iter();
        let slices: Vec<Slice> =
            boards.filter_map(|board| board.lock().ok().and_then(|slice| *slice)).collect();
        let begin = slices.iter().map(|slice| slice.start).max().unwrap_or(mine.start);
        let end = slices.iter().map(|slice| slice.end).min().unwrap_or(mine.end);
        let overlap = end.saturating_duration_since(begin);
        let took: Duration = slices.iter().map(|slice| slice.took).sum();
        let every = |holds: &dyn Fn(&Slice) -> bool| slices.iter().all(holds);
        Round {
            nanoseconds: took.as_secs_f64() * 1e9
                / ratio(slices.len() as u64, 1)
                / ratio(operations as u64, 1),
            together: every(&|slice| overlap >= (slice.end - slice.start).mul_f64(TOGETHER)),
            clean: every(&|slice| slice.waited <= slice.took.mul_f64(WAITED)),
        }
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
        run.run(series, |part| part());
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
        clean: 1.0,
    })
}
