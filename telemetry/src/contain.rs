//! Ends panics of code that is not ours, and what they threw with them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Payloads that panic when they are dropped, with another such payload each time, are dropped as often.
const GENERATIONS: usize = 8;

/// Returns what `f` gives, or `None` if it panics.
pub(crate) fn contained<T>(f: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(value) => Some(value),
        Err(payload) => {
            discard(payload);
            None
        }
    }
}

/// Drops what was thrown, and what dropping it throws in turn.
pub(crate) fn discard(payload: Box<dyn Any + Send>) {
    let mut payload = payload;
    for _ in 0..GENERATIONS {
        match catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            Ok(()) => return,
            Err(next) => payload = next,
        }
    }
    // There may be no end to it.
    #[allow(clippy::mem_forget, reason = "to drop it would panic here")]
    std::mem::forget(payload);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::resume_unwind;
    use std::sync::Arc;

    /// Throws as many others when it is dropped, one out of the other.
    struct Bomb(usize, #[allow(dead_code, reason = "counts its owners")] Arc<()>);

    impl Drop for Bomb {
        fn drop(&mut self) {
            if let Some(left) = self.0.checked_sub(1) {
                resume_unwind(Box::new(Bomb(left, self.1.clone())));
            }
        }
    }

    #[test]
    fn what_was_thrown_is_dropped_whatever_its_destructor_throws() {
        for generations in 0..GENERATIONS {
            let owner = Arc::new(());
            let bomb = Bomb(generations, owner.clone());
            assert_eq!(contained(|| resume_unwind(Box::new(bomb))), None::<()>);
            assert_eq!(Arc::strong_count(&owner), 1, "{generations}");
        }
    }

    #[test]
    fn what_never_ends_is_left() {
        let owner = Arc::new(());
        let bomb = Bomb(usize::MAX, owner.clone());
        assert_eq!(contained(|| resume_unwind(Box::new(bomb))), None::<()>);
        assert_eq!(Arc::strong_count(&owner), 2, "the last one");
    }

    #[test]
    fn what_does_not_panic_is_returned() {
        assert_eq!(contained(|| 5), Some(5));
    }
}
