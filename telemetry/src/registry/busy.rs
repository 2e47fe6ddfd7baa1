//! Keeps a thread from waiting for itself: an allocator that records metrics may call us while we allocate.

use std::cell::Cell;

#[cfg(not(loom))]
thread_local! {
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

#[cfg(loom)]
loom::thread_local! {
    static BUSY: Cell<bool> = Cell::new(false);
}

/// Runs `f`, which allocates or takes a lock, unless this thread is in the middle of such a thing already.
pub fn undisturbed<R>(f: impl FnOnce() -> R) -> Option<R> {
    if BUSY.with(|busy| busy.replace(true)) {
        return None;
    }
    let _reset = Reset;
    Some(f())
}

struct Reset;

impl Drop for Reset {
    fn drop(&mut self) {
        BUSY.with(|busy| busy.set(false));
    }
}
