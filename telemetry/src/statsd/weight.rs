//! Samples that represent others of their series, which were lost.

use crate::registry::Sample;

/// A sample that is not sent yet. Its weight is the number of samples that it represents: 1, unless some were
/// lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub sample: Sample,
    pub weight: u64,
}

/// The pending samples of one series.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weight {
    pub samples: u64,
    pub total: u64,
    /// The weight that the samples are yet to take, for those that were lost.
    pub extra: u64,
}

impl Weight {
    /// Adds a pending sample.
    pub fn add(&mut self, pending: &Pending) {
        self.samples += 1;
        self.total += pending.weight;
    }

    /// Returns the part of the extra weight that the next sample takes. The parts differ by at most 1.
    pub fn next(&mut self) -> u64 {
        let extra = self.extra.div_ceil(self.samples.max(1));
        self.samples = self.samples.saturating_sub(1);
        self.extra -= extra;
        extra
    }
}

/// Returns the sample rate of a weight. Servers divide by the rate, and some cut the quotient to an integer,
/// so the quotient is never below the weight.
#[allow(clippy::cast_precision_loss, reason = "a weight is far below 2⁵³")]
pub(super) fn sample_rate(weight: u64) -> f64 {
    let weight = weight as f64;
    let rate = 1.0 / weight;
    if 1.0 / rate < weight { rate.next_down() } else { rate }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_cuts_the_quotient_finds_the_weight() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as a server does")]
        for weight in 1..200_000 {
            let read: f64 = sample_rate(weight).to_string().parse().unwrap_or_default();
            assert_eq!((1.0 / read) as u64, weight);
            assert!(read > 0.0 && read <= 1.0);
        }
    }

    #[test]
    fn extra_weight_is_spread_and_none_is_left() {
        let mut weight = Weight { samples: 4, total: 4, extra: 10 };
        let extras = [weight.next(), weight.next(), weight.next(), weight.next()];
        assert_eq!(extras, [3, 3, 2, 2]);
    }
}
