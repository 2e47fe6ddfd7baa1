//! Counts what a thread allocates.
//!
//! `allocation-counter` does so too, but turns every `realloc` into a copy, which peers that grow a vector
//! would pay for while they are timed.
#![expect(unsafe_code, reason = "a `GlobalAlloc` is")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// What this thread has allocated so far.
#[derive(Clone, Copy)]
pub struct Heap {
    /// Allocations, and reallocations, since the thread began.
    pub allocations: u64,
    /// Bytes that it allocated less those that it freed, in the sizes that were asked for.
    pub bytes: i64,
}

thread_local! {
    static HEAP: Cell<Heap> = const { Cell::new(Heap { allocations: 0, bytes: 0 }) };
}

/// What `work` allocated in this thread.
pub fn of<T>(work: impl FnOnce() -> T) -> (T, Heap) {
    let before = HEAP.get();
    let result = work();
    let after = HEAP.get();
    (result, Heap { allocations: after.allocations - before.allocations, bytes: after.bytes - before.bytes })
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(allocations: u64, bytes: i64) {
    let heap = HEAP.get();
    HEAP.set(Heap { allocations: heap.allocations + allocations, bytes: heap.bytes + bytes });
}

fn signed(size: usize) -> i64 {
    // A size is at most `isize::MAX`.
    size.cast_signed() as i64
}

// SAFETY: all of it is the system allocator's; `count` neither allocates nor panics, since a `const`
// thread-local without a destructor can be used at any time.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, signed(layout.size()));
        // SAFETY: the caller's promises are those of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(1, signed(layout.size()));
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, signed(size) - signed(layout.size()));
        // SAFETY: as above.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(0, -signed(layout.size()));
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}
