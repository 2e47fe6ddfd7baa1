//! Contains panics of code that is not ours, and of the destructors of their payloads.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The most payloads that are dropped in a row, if each panics with another when it is dropped.
const GENERATIONS: usize = 8;

/// Runs `f` and returns its result, or `None` if it panics.
pub(crate) fn contained<T>(f: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(value) => Some(value),
        Err(payload) => {
            discard(payload);
            None
        }
    }
}

/// Drops the payload of a panic, and the payloads that dropping it throws in turn.
pub(crate) fn discard(payload: Box<dyn Any + Send>) {
    let mut payload = payload;
    for _ in 0..GENERATIONS {
        match catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            Ok(()) => return,
            Err(next) => payload = next,
        }
    }
    // The chain may be endless.
    #[allow(clippy::mem_forget, reason = "dropping it would panic here")]
    std::mem::forget(payload);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::resume_unwind;
    use std::sync::Arc;

    /// Panics when it is dropped, with a bomb of one generation less.
    struct Bomb(usize, #[allow(dead_code, reason = "counts its owners")] Arc<()>);

    impl Drop for Bomb {
        fn drop(&mut self) {
            if let Some(left) = self.0.checked_sub(1) {
                resume_unwind(Box::new(Bomb(left, self.1.clone())));
            }
        }
    }

    #[test]
    fn a_payload_is_dropped_even_if_its_destructor_panics() {
        for generations in 0..GENERATIONS {
            let owner = Arc::new(());
            let bomb = Bomb(generations, owner.clone());
            assert_eq!(contained(|| resume_unwind(Box::new(bomb))), None::<()>);
            assert_eq!(Arc::strong_count(&owner), 1, "{generations}");
        }
    }

    #[test]
    fn an_endless_chain_of_payloads_is_left() {
        let owner = Arc::new(());
        let bomb = Bomb(usize::MAX, owner.clone());
        assert_eq!(contained(|| resume_unwind(Box::new(bomb))), None::<()>);
        assert_eq!(Arc::strong_count(&owner), 2, "the last one");
    }

    #[test]
    fn a_result_is_returned() {
        assert_eq!(contained(|| 5), Some(5));
    }
}
