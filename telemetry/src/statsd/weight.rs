//! Samples that stand for others of their series, which were lost.

use crate::registry::Sample;

/// A sample on its way, and how many it stands for: 1, unless some were lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub sample: Sample,
    pub weight: u64,
}

/// The samples of one series that wait.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    pub samples: u64,
    pub weight: u64,
    /// So many more they are to stand for.
    pub extra: u64,
}

impl Share {
    pub fn add(&mut self, waiting: &Waiting) {
        self.samples += 1;
        self.weight += waiting.weight;
    }

    /// What the next of the samples takes of the extra weight: all of them as much, but for one.
    pub fn next(&mut self) -> u64 {
        let extra = self.extra.div_ceil(self.samples.max(1));
        self.samples = self.samples.saturating_sub(1);
        self.extra -= extra;
        extra
    }
}

/// The sample rate that says this weight. Servers divide by it, and some cut what comes out: it is never below
/// the weight.
#[allow(clippy::cast_precision_loss, reason = "a weight is far below 2⁵³")]
pub(super) fn rate(weight: u64) -> f64 {
    let weight = weight as f64;
    let rate = 1.0 / weight;
    if 1.0 / rate < weight { rate.next_down() } else { rate }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_says_its_weight_to_those_who_cut() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as a server does")]
        for weight in 1..200_000 {
            let read: f64 = rate(weight).to_string().parse().unwrap_or_default();
            assert_eq!((1.0 / read) as u64, weight);
            assert!(read > 0.0 && read <= 1.0);
        }
    }

    #[test]
    fn extra_weight_is_spread_and_none_is_left() {
        let mut share = Share { samples: 4, weight: 4, extra: 10 };
        let extras = [share.next(), share.next(), share.next(), share.next()];
        assert_eq!(extras, [3, 3, 2, 2]);
    }
}
