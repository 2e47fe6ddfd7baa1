//! Locks, atomics and re-entrancy guards of the whole crate.
//!
//! Atomics and [`Mutex`] are the standard library's, or the model checker's in a build with `--cfg loom`.

#[cfg(not(loom))]
pub use std::sync::atomic::{AtomicU64, Ordering, fence};
#[cfg(not(loom))]
pub use std::sync::{Mutex, MutexGuard};

#[cfg(loom)]
pub use loom::sync::atomic::{AtomicU64, Ordering, fence};
#[cfg(loom)]
pub use loom::sync::{Mutex, MutexGuard};

use std::cell::Cell;
use std::sync::{LockResult, OnceLock, PoisonError, TryLockError};

/// Returns a guard even if another holder panicked: the data behind our locks is whole at every step.
pub fn unpoisoned<G>(guard: LockResult<G>) -> G {
    guard.unwrap_or_else(PoisonError::into_inner)
}

/// Locks a mutex, also after a panic in another holder.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    unpoisoned(mutex.lock())
}

/// Locks a mutex if nobody holds it.
pub fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Creates `len` words that hold 0.
pub fn zeros(len: usize) -> Box<[AtomicU64]> {
    (0..len).map(|_| AtomicU64::new(0)).collect()
}

/// A boxed value that is set once and stays.
#[derive(Debug)]
pub struct OnceBox<T>(OnceLock<Box<T>>);

impl<T> Default for OnceBox<T> {
    fn default() -> Self {
        OnceBox::new()
    }
}

impl<T> OnceBox<T> {
    /// Creates an empty box.
    pub const fn new() -> Self {
        OnceBox(OnceLock::new())
    }

    /// Returns the value, if it is set.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.0.get().map(|value| &**value)
    }

    /// Returns the value, which is made first if it is not set. `make` runs outside of any lock, so that an
    /// allocator that records metrics can come back here.
    #[inline]
    pub fn get_or_make(&self, make: impl FnOnce() -> T) -> Option<&T> {
        self.get().or_else(|| self.make(make))
    }

    #[cold]
    #[inline(never)]
    fn make(&self, make: impl FnOnce() -> T) -> Option<&T> {
        let _entered = Entered::enter(&ALLOCATING, ());
        // An error means that another thread was first; its value is as good.
        let _ = self.0.set(Box::new(make()));
        self.get()
    }
}

/// A thread-local mark that says that the thread is inside a section.
pub trait Mark {
    /// The value that the mark carries.
    type Value;

    /// Replaces the mark, and returns the old one.
    fn replace(&'static self, value: Option<Self::Value>) -> Option<Self::Value>;
}

impl<T: 'static> Mark for std::thread::LocalKey<Cell<Option<T>>> {
    type Value = T;

    #[inline]
    fn replace(&'static self, value: Option<T>) -> Option<T> {
        self.with(|mark| mark.replace(value))
    }
}

#[cfg(loom)]
impl<T: 'static> Mark for loom::thread::LocalKey<Cell<Option<T>>> {
    type Value = T;

    fn replace(&'static self, value: Option<T>) -> Option<T> {
        self.with(|mark| mark.replace(value))
    }
}

/// A re-entrancy guard: while it lives, this thread cannot enter the same section again.
pub struct Entered<M: Mark + 'static>(&'static M);

impl<M: Mark> Entered<M> {
    /// Enters the section. Returns `None` if this thread is inside it.
    #[inline]
    pub fn enter(mark: &'static M, value: M::Value) -> Option<Self> {
        let earlier = mark.replace(Some(value));
        if earlier.is_some() {
            mark.replace(earlier);
            return None;
        }
        Some(Entered(mark))
    }
}

impl<M: Mark> Drop for Entered<M> {
    #[inline]
    fn drop(&mut self) {
        self.0.replace(None);
    }
}

#[cfg(not(loom))]
thread_local! {
    static ALLOCATING: Cell<Option<()>> = const { Cell::new(None) };
    static ASKING: Cell<Option<()>> = const { Cell::new(None) };
}

#[cfg(loom)]
loom::thread_local! {
    static ALLOCATING: Cell<Option<()>> = Cell::new(None);
    static ASKING: Cell<Option<()>> = Cell::new(None);
}

/// Returns whether this thread is inside of [`unless_asking`].
pub fn is_asking() -> bool {
    unless_asking(|| ()).is_none()
}

/// Runs `f`, which runs the program's code in the middle of a call, unless this thread is inside such code:
/// that may record too.
pub fn unless_asking<R>(f: impl FnOnce() -> R) -> Option<R> {
    let _entered = Entered::enter(&ASKING, ())?;
    Some(f())
}

/// Returns whether this thread is inside an allocation of ours.
pub fn is_allocating() -> bool {
    unless_allocating(|| ()).is_none()
}

/// Runs `f`, which allocates or takes a lock, unless this thread is inside such a call: an allocator that
/// records metrics may call us while we allocate, and the thread would wait for itself.
pub fn unless_allocating<R>(f: impl FnOnce() -> R) -> Option<R> {
    let _entered = Entered::enter(&ALLOCATING, ())?;
    Some(f())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    thread_local! {
        static INSIDE: Cell<Option<u8>> = const { Cell::new(None) };
    }

    #[test]
    fn a_section_is_entered_once_and_keeps_its_value() {
        let first = Entered::enter(&INSIDE, 1);
        assert!(first.is_some());
        assert!(Entered::enter(&INSIDE, 2).is_none());
        assert_eq!(INSIDE.get(), Some(1));
        drop(first);
        assert_eq!(INSIDE.get(), None);
        assert!(Entered::enter(&INSIDE, 3).is_some());
    }

    #[test]
    fn a_panic_inside_leaves_the_section() {
        let result =
            std::panic::catch_unwind(|| unless_allocating(|| std::panic::resume_unwind(Box::new(()))));
        assert!(result.is_err());
        assert_eq!(unless_allocating(|| 5), Some(5));
    }

    #[test]
    fn a_lock_is_taken_after_a_panic_in_its_holder() {
        let mutex = Mutex::new(5);
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _guard = lock(&mutex);
            std::panic::resume_unwind(Box::new(()));
        }));
        assert_eq!(*lock(&mutex), 5);
    }
}
