//! The delay before the next attempt.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(8);

/// Delays that double. Each is random between its half and its whole, so that senders that failed together
/// retry at different times.
pub(super) struct Backoff {
    next: Duration,
}

impl Backoff {
    /// Creates the delays of one request.
    pub(super) const fn new() -> Self {
        Backoff { next: FIRST }
    }

    /// Returns the next delay.
    pub(super) fn wait(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(LONGEST);
        whole.mul_f64(0.5 + random() / 2.0)
    }
}

/// Returns a random number from 0 to 1. The keys of the standard library's hasher are random, and differ each
/// time.
#[allow(clippy::cast_precision_loss, reason = "32 bits are exact")]
fn random() -> f64 {
    let bits = RandomState::new().hash_one(()) >> 32;
    bits as f64 / f64::from(u32::MAX)
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_are_never_twice_the_same() {
        let mut backoff = Backoff::new();
        let waits: Vec<_> = (0..12).map(|_| backoff.wait()).collect();
        for (index, wait) in (0_u32..).zip(&waits) {
            let whole = (FIRST * 2_u32.pow(index.min(4))).min(LONGEST);
            assert!((whole / 2..=whole).contains(wait), "{index}: {wait:?}");
        }
        let mut last = waits[5..].to_vec();
        last.sort();
        last.dedup();
        assert_eq!(last.len(), waits.len() - 5);
    }
}
