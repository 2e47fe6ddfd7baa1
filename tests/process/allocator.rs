//! An allocator that records metrics: calls come from inside of the library's own allocations, and are not
//! lost.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(unsafe_code, reason = "an allocator is unsafe to write")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use telemetry::registry::{Instruments, Point};
use telemetry::value::Number;
use telemetry::{Registry, metrics};

/// What the allocator counts.
#[metrics(namespace = "allocator")]
pub trait Metrics {
    /// Allocations.
    #[counter]
    fn allocations(&self);

    /// Allocations, by text that is always new.
    #[counter]
    fn sizes(&self, #[label(cap = 32)] size: &str);

    /// Bytes.
    #[histogram(buckets = [64.0, 4096.0])]
    fn bytes(&self, size: u64);
}

static METRICS: OnceLock<Instruments<dyn Metrics>> = OnceLock::new();
static CALLS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

struct Recording;

// SAFETY: what is asked of the system's allocator is what the caller asks; recording does not touch the
// memory.
unsafe impl GlobalAlloc for Recording {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // The library's own allocations come back here, a few levels deep.
        if let Some(metrics) = METRICS.get()
            && DEPTH.get() < 4
        {
            DEPTH.set(DEPTH.get() + 1);
            CALLS.fetch_add(1, Ordering::Relaxed);
            metrics.allocations();
            metrics.bytes(layout.size() as u64);
            let mut digits = [b'0'; 20];
            metrics.sizes(text(layout.size() as u64 ^ CALLS.load(Ordering::Relaxed), &mut digits));
            DEPTH.set(DEPTH.get() - 1);
        }
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// The number's digits, without an allocation.
fn text(mut n: u64, digits: &mut [u8; 20]) -> &str {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(n % 10).unwrap_or_default();
        n /= 10;
    }
    std::str::from_utf8(digits).unwrap_or_default()
}

#[global_allocator]
static ALLOCATOR: Recording = Recording;

/// What a family's series add up to.
fn total(registry: &Registry, name: &str) -> u64 {
    let snapshot = registry.snapshot();
    let family = snapshot.families().find(|family| family.name() == name).unwrap();
    let points = family.series().map(|series| match series.point() {
        Point::Sum(Number::U64(n)) => n,
        Point::Histogram(histogram) => histogram.count(),
        other => panic!("{other:?}"),
    });
    points.sum()
}

#[test]
fn an_allocator_can_record() {
    let registry = Registry::new();
    METRICS.set(registry.register::<dyn Metrics>().unwrap()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                // Its allocations record while the thread's table of registrations grows and shrinks.
                let mut others = Vec::new();
                for n in 0..200 {
                    std::hint::black_box(format!("{thread} {n}"));
                    let other = Registry::new();
                    let metrics = other.register::<dyn Metrics>().unwrap();
                    metrics.allocations();
                    others.push((other, metrics));
                    if n % 60 == 59 {
                        others.drain(..40);
                    }
                }
                for (other, metrics) in others {
                    metrics.allocations();
                    assert_eq!(total(&other, "allocations"), 2);
                }
            });
        }
    });
    for name in ["allocations", "sizes", "bytes"] {
        // What is recorded while this looks is in one of the two counts or in both.
        let before = CALLS.load(Ordering::Relaxed);
        let total = total(&registry, name);
        let after = CALLS.load(Ordering::Relaxed);
        assert!((before..=after).contains(&total), "{name}: {total} of {before} to {after}");
        assert!(before > 800);
    }
}
