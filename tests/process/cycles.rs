//! An exporter that starts, works and stops, again and again: no thread, no descriptor and no byte is left.
//! As often as `CYCLES` says, 1,000 times unless set.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(unsafe_code, reason = "an allocator is unsafe to write")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use telemetry::{Registry, metrics, statsd};

/// What is recorded.
#[metrics]
pub trait Metrics {
    /// Calls.
    #[counter]
    #[log(off)]
    fn calls(&self, #[label(cap = 8)] text: &str);

    /// Sizes.
    #[histogram(buckets = [1.0, 2.0])]
    #[log(off)]
    fn size(&self, n: f64);
}

static BYTES: AtomicI64 = AtomicI64::new(0);

struct Counting;

// SAFETY: what is asked of the system's allocator is what the caller asks.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size().cast_signed() as i64, Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size().cast_signed() as i64, Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[derive(Debug, PartialEq, Eq)]
struct Held {
    threads: usize,
    descriptors: usize,
    bytes: i64,
}

fn held() -> Held {
    let count = |directory: &str| fs::read_dir(directory).unwrap().count();
    let (threads, descriptors) = (count("/proc/self/task"), count("/proc/self/fd"));
    Held { threads, descriptors, bytes: BYTES.load(Ordering::SeqCst) }
}

const LONG: Duration = Duration::from_mins(1);

fn cycle(registry: &Registry, record: impl Fn(), target: &str) {
    let guard = statsd::Config::default().target(target).start(registry).unwrap();
    record();
    guard.shutdown(LONG).unwrap();
    record();
    // An exporter says that it has ended a moment before its thread has. Those of the harness and of this
    // test stay.
    let start = Instant::now();
    while held().threads > 2 && start.elapsed() < LONG {
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// What is held after many cycles is what was held after some.
fn assert_nothing_is_left(cycle: impl Fn()) {
    let cycles = std::env::var("CYCLES").map_or(1_000, |cycles| cycles.parse().unwrap());
    (0..10).for_each(|_| cycle());
    let before = held();
    (0..cycles).for_each(|_| cycle());
    assert_eq!(held(), before, "after {cycles} cycles");
}

#[test]
fn nothing_is_left_behind() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let target = format!("udp://{}", server.local_addr().unwrap());

    // With a registry of its own.
    assert_nothing_is_left(|| {
        let registry = Registry::new();
        let metrics = registry.register::<dyn Metrics>().unwrap();
        cycle(&registry, || metrics.calls("a"), &target);
    });

    // With one that stays.
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    assert_nothing_is_left(|| {
        let record = || {
            metrics.calls("b");
            metrics.size(1.5);
        };
        cycle(&registry, record, &target);
    });
}
