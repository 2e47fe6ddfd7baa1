//! What threads share, by one name: the standard library's, or the model checker's in a build with `--cfg
//! loom`.

#[cfg(not(loom))]
pub use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence};
#[cfg(not(loom))]
pub use std::sync::{Mutex, MutexGuard};

#[cfg(loom)]
pub use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence};
#[cfg(loom)]
pub use loom::sync::{Mutex, MutexGuard};

use std::sync::{PoisonError, TryLockError};

/// The lock, also after a panic in another holder: what we keep behind locks is whole at every step.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The lock if nobody holds it.
pub fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Zeros, as many as are asked for.
pub fn zeros(len: usize) -> Box<[AtomicU64]> {
    (0..len).map(|_| AtomicU64::new(0)).collect()
}

/// A place for one boxed value that is put there once and stays.
#[derive(Debug)]
pub struct OnceBox<T>(std::sync::OnceLock<Box<T>>);

impl<T> Default for OnceBox<T> {
    fn default() -> Self {
        OnceBox::new()
    }
}

impl<T> OnceBox<T> {
    /// An empty one.
    pub const fn new() -> Self {
        OnceBox(std::sync::OnceLock::new())
    }

    /// What was put here.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.0.get().map(|value| &**value)
    }

    /// What was put here, by this call or by one that came first. `make` runs outside of any lock, so that an
    /// allocator that records metrics can come back here.
    #[inline]
    pub fn get_or_make(&self, make: impl FnOnce() -> T) -> Option<&T> {
        self.get().or_else(|| self.make(make))
    }

    #[cold]
    #[inline(never)]
    fn make(&self, make: impl FnOnce() -> T) -> Option<&T> {
        // An error says that another thread was first; its value is as good.
        let _ = self.0.set(Box::new(make()));
        self.get()
    }
}
