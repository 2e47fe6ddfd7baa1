//! Chance that is the same for the same seed.

use std::time::Duration;

/// [xorshift64*](https://vigna.di.unimi.it/ftp/papers/xorshift.pdf).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    /// Below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// Returns true in `per_mille` of a thousand calls.
    pub(crate) fn happens(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap_or_default()]
    }

    /// Around `typical` microseconds, now and then much longer.
    pub(crate) fn takes(&mut self, typical: u64) -> Duration {
        let usual = typical / 2 + self.below(typical);
        Duration::from_micros(if self.happens(20) { usual * 20 } else { usual })
    }
}
