//! Seeded chance: the same seed gives the same run.

/// A biased coin over `SplitMix64`, which is enough for deciding what fails.
#[derive(Debug)]
pub(crate) struct Coin {
    state: u64,
}

impl Coin {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// True in `rate` of all tosses: never at 0, always at 1.
    pub(crate) fn toss(&mut self, rate: f64) -> bool {
        let uniform = f64::from((self.next() >> 32) as u32) / 4_294_967_296.0;
        uniform < rate
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(seed: u64, rate: f64) -> usize {
        let mut coin = Coin::new(seed);
        (0..10_000).filter(|_| coin.toss(rate)).count()
    }

    #[test]
    fn a_rate_is_kept() {
        assert_eq!(heads(1, 0.0), 0);
        assert_eq!(heads(1, 1.0), 10_000);
        assert!((900..1_100).contains(&heads(1, 0.1)));
    }

    #[test]
    fn the_seed_decides() {
        assert_eq!(heads(7, 0.5), heads(7, 0.5));
        assert_ne!(heads(7, 0.5), heads(8, 0.5));
    }
}
