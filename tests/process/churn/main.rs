//! Churn: 5 shards that live, of `CHURN` (5,000 unless set) that come and go below a cap of 64, by rows and
//! by handles, while threads come and go and all readers read. What stays is exact in each reader, `other`
//! stays empty, and memory is flat.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(unsafe_code, reason = "an allocator is unsafe to write")]

#[path = "../../otlp/fake.rs"]
#[allow(dead_code, reason = "of its parts this test needs the one that reads")]
mod fake;
mod readers;

use readers::Readers;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use telemetry::registry::Instruments;
use telemetry::{Registry, metrics};

static BYTES: AtomicI64 = AtomicI64::new(0);

struct Counting;

// SAFETY: what is asked of the system's allocator is what the caller asks.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size().cast_signed() as i64, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size().cast_signed() as i64, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[metrics(namespace = "churn")]
trait Rows {
    /// Batches.
    #[counter]
    #[histogram(name = "size", value = n, buckets = [10])]
    #[gauge(name = "offset", value = n)]
    #[log(off)]
    fn batches(&self, #[label(cap = 64)] shard: &str, n: u64);

    /// A shard moved away.
    #[remove(batches, size, offset)]
    #[log(off)]
    fn shard_gone(&self, shard: &str);
}

#[metrics(namespace = "churn", labels(#[label(cap = 64)] shard: &str))]
trait Handles {
    /// Batches.
    #[counter]
    #[histogram(name = "size", value = n, buckets = [10])]
    #[gauge(name = "offset", value = n)]
    #[log(off)]
    fn batches(&self, n: u64);
}

/// The shard that every thread records in, and that stays.
const STAYS: &str = "stays";

/// The threads that run at the same time; each has one shard that lives on until its successor has another.
const THREADS: u64 = 5;

/// The shards that a thread makes before it ends.
const EACH: u64 = 3;

/// The number of calls of the shard with this number, while it lives.
const fn calls_of(shard: u64) -> u64 {
    1 + shard % 3
}

/// One way to make shards and to let them go.
trait Shards: Sync {
    /// Records in a shard, which is made for it if it is not there.
    fn record(&self, shard: &str, n: u64);
    fn gone(&self, shard: &str);
}

impl Shards for Instruments<dyn Rows> {
    fn record(&self, shard: &str, n: u64) {
        self.batches(shard, n);
    }

    fn gone(&self, shard: &str) {
        self.shard_gone(shard);
    }
}

/// The handles of the shards that live.
struct ByHandle {
    registry: Registry,
    handles: Mutex<Vec<(String, Instruments<dyn Handles>)>>,
}

impl Shards for ByHandle {
    fn record(&self, shard: &str, n: u64) {
        let known = |handles: &[(String, Instruments<dyn Handles>)]| {
            handles.iter().find(|(name, _)| name == shard).map(|(_, handle)| handle.clone())
        };
        let handle = known(&self.handles.lock().unwrap());
        let handle = handle.unwrap_or_else(|| {
            let handle = self.registry.register_or_get_with::<dyn Handles>(HandlesLabels { shard }).unwrap();
            self.handles.lock().unwrap().push((shard.to_owned(), handle.clone()));
            handle
        });
        handle.batches(n);
    }

    fn gone(&self, shard: &str) {
        self.handles.lock().unwrap().retain(|(name, _)| name != shard);
    }
}

/// Returns the name of a shard. Some are too long to stand in a thread's cache.
fn name(shard: u64) -> String {
    match shard % 2 {
        0 => format!("shard-{shard}"),
        _ => format!("shard-{shard}-of-a-database-with-a-long-name"),
    }
}

/// Makes shards and lets others go, by threads that end. Returns the number of calls in each that stays.
fn churn(registry: &Registry, shards: &impl Shards, numbers: std::ops::Range<u64>) -> u64 {
    let mut calls = 0;
    for first in numbers.step_by(usize::try_from(THREADS * EACH).unwrap()) {
        thread::scope(|scope| {
            let thread = |own: u64| {
                scope.spawn(move || {
                    for part in 0..EACH {
                        let shard = first + part * THREADS + own;
                        for _ in 0..calls_of(shard) {
                            shards.record(&name(shard), 7);
                            shards.record(STAYS, 7);
                        }
                        if let Some(before) = shard.checked_sub(THREADS) {
                            shards.gone(&name(before));
                        }
                    }
                })
            };
            let threads: Vec<_> = (0..THREADS).map(thread).collect();
            // A scope alone does not wait for what a thread does at its end.
            for thread in threads {
                thread.join().unwrap();
            }
        });
        calls += (first..first + THREADS * EACH).map(calls_of).sum::<u64>();
        // No thread is left that could set a gauge of what is gone: all places are free again.
        drop(registry.snapshot());
    }
    calls
}

/// What is measured is the whole process: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn check(registry: &Registry, shards: &impl Shards) {
    let rounds = |shards: u64| shards.div_ceil(THREADS * EACH) * THREADS * EACH;
    let count = std::env::var("CHURN").map_or(5_000, |text| text.parse().expect("a number of shards"));
    let (warm, end) = (rounds(1_000), rounds(1_000 + count));
    let readers = Readers::start(registry);
    let mut calls = churn(registry, shards, 0..warm);
    let used = || BYTES.load(Ordering::Relaxed);
    let before = readers.between_readings(used);
    calls += churn(registry, shards, warm..end);
    let grown = readers.between_readings(used) - before;
    // What some 40 series have that wait for their readers differs from time to time.
    assert!(grown < 128 << 10, "{grown} bytes of {count} shards");
    shards.record(STAYS, 7);
    calls += 1;
    let recorded = calls + (0..end).map(calls_of).sum::<u64>();
    readers.finish(calls, recorded);
}

#[test]
fn rows_that_come_and_go_leave_what_stays_exact_and_nothing_else() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let registry = Registry::new();
    let rows = registry.register::<dyn Rows>().unwrap();
    check(&registry, &rows);
}

#[test]
fn handles_that_come_and_go_leave_what_stays_exact_and_nothing_else() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let registry = Registry::new();
    check(&registry, &ByHandle { registry: registry.clone(), handles: Mutex::default() });
}
