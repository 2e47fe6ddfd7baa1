//! A slab per thread, which only that thread writes: relaxed load, add, relaxed store.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Where each workload's cells begin.
pub const COUNTER: usize = 0;
pub const CLOSED: usize = 64;
pub const HISTOGRAM: usize = 128;
pub const TEXT: usize = 256;
pub const NATIVE: usize = 512;

pub type Slab = [AtomicU64; 1024];

thread_local! {
    static SLAB: Cell<Option<&'static Slab>> = const { Cell::new(None) };
}

/// Calls `operation` with this thread's slab.
#[inline]
pub fn with(operation: impl FnOnce(&'static Slab)) {
    match SLAB.get() {
        Some(slab) => operation(slab),
        None => operation(first()),
    }
}

#[cold]
fn first() -> &'static Slab {
    let slab: &'static Slab = Box::leak(Box::new([const { AtomicU64::new(0) }; 1024]));
    SLAB.set(Some(slab));
    slab
}

/// Counts one call.
#[inline]
pub fn add(cell: &AtomicU64) {
    cell.store(cell.load(Relaxed) + 1, Relaxed);
}

/// Adds to a sum of floats.
#[inline]
pub fn add_float(cell: &AtomicU64, value: f64) {
    cell.store((f64::from_bits(cell.load(Relaxed)) + value).to_bits(), Relaxed);
}
