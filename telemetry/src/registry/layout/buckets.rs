//! Finds the bucket of a number by its binary exponent, where no octave holds many bounds.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "an octave counts from the lowest one, below 2048"
)]

/// The limit of octaves between the first bound and the last one: from a nanosecond to 500 years.
const OCTAVES: usize = 64;

/// The size of the table of bounds. The last entries only fill up a comparison.
const BOUNDS: usize = 64;

/// The limit of bounds in one octave: so many comparisons do not wait for each other.
const COMPARED_MAX: usize = 4;

/// A histogram's bounds by octave.
///
/// A search by halves waits for each of its comparisons. This search is one look-up, then a few comparisons
/// that do not wait for each other: one for each bound of the fullest octave.
#[derive(Clone, Copy, Debug)]
pub struct BucketIndex {
    bounds: &'static [f64],
    /// The exponent bits of the first bound and of the last one.
    lowest: i64,
    highest: i64,
    /// By octave: the number of bounds below all of it.
    below: [u8; OCTAVES],
    /// The bits of the bounds, then those of infinity. Positive floats have the order of their bits.
    bits: [i64; BOUNDS],
    /// The number of comparisons; 0 if these bounds are searched by halves.
    compared: usize,
}

impl BucketIndex {
    pub const fn of(bounds: &'static [f64]) -> Self {
        let mut buckets = BucketIndex {
            bounds,
            lowest: 0,
            highest: 0,
            below: [0; OCTAVES],
            bits: [f64::INFINITY.to_bits().cast_signed(); BOUNDS],
            compared: 0,
        };
        if bounds.is_empty() || bounds.len() > BOUNDS - COMPARED_MAX || bounds[0] < f64::MIN_POSITIVE {
            return buckets;
        }
        buckets.lowest = octave(bounds[0].to_bits().cast_signed());
        buckets.highest = octave(bounds[bounds.len() - 1].to_bits().cast_signed());
        if buckets.highest - buckets.lowest >= OCTAVES as i64 {
            return buckets;
        }
        let compared = buckets.fill();
        if compared <= COMPARED_MAX {
            buckets.compared = compared;
        }
        buckets
    }

    /// Fills the tables. Returns the number of bounds in the fullest octave.
    const fn fill(&mut self) -> usize {
        let mut at = 0;
        let mut most = 0;
        let mut within = [0; OCTAVES];
        while at < self.bounds.len() {
            self.bits[at] = self.bounds[at].to_bits().cast_signed();
            let of = (octave(self.bits[at]) - self.lowest) as usize;
            within[of] += 1;
            if within[of] > most {
                most = within[of];
            }
            let mut above = of + 1;
            while above < OCTAVES {
                self.below[above] += 1;
                above += 1;
            }
            at += 1;
        }
        most
    }

    /// Returns the index of a number's bucket: how many bounds are below it. The number is finite.
    #[inline(always)]
    pub fn find(&self, number: f64) -> usize {
        if self.compared == 0 {
            return search(self.bounds, number);
        }
        // A negative number's bits are negative, and so is its octave.
        let bits = number.to_bits().cast_signed();
        let octave = octave(bits).clamp(self.lowest, self.highest) - self.lowest;
        let below = usize::from(self.below[octave as usize % OCTAVES]);
        (0..self.compared)
            .fold(below, |found, at| found + usize::from(self.bits[(below + at) % BOUNDS] < bits))
    }
}

/// Returns the exponent of a float that is not negative, given its bits.
#[inline(always)]
const fn octave(bits: i64) -> i64 {
    bits >> (f64::MANTISSA_DIGITS - 1)
}

/// Returns the index of a number's bucket by halving the bounds.
///
/// For a length that the compiler knows, this becomes one conditional move per bit of the length, and each
/// waits for the one before. [`BucketIndex`] does better for most bounds. Sums of comparisons, of floats or
/// of their bits, take two to three times the instructions.
#[inline(always)]
pub fn search(bounds: &[f64], number: f64) -> usize {
    bounds.partition_point(|bound| number > *bound)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    static SETS: [&[f64]; 8] = [
        &[1.0],
        &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0],
        &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
        &[8.0, 9.0, 10.0, 11.0, 12.0],
        &[-1.0, 0.0, 1.0],
        &[0.0, 1.0],
        &[1e-300, 1e300],
        &[f64::MIN_POSITIVE, 1e-307, f64::MAX],
    ];

    #[test]
    fn bounds_that_lie_close_or_far_are_searched_by_halves() {
        let compared = SETS.map(|bounds| BucketIndex::of(bounds).compared);
        assert_eq!(compared, [1, 1, 4, 0, 0, 0, 0, 0]);
    }

    proptest! {
        #[test]
        fn the_bucket_is_that_of_a_search_by_halves(number: f64, step in 0..3, set in 0..SETS.len(), at: usize) {
            let bounds = SETS[set];
            let bound = bounds[at % bounds.len()];
            let near = [bound.next_down(), bound, bound.next_up()][step as usize];
            for number in [number, near, -0.0, 0.0, f64::MAX, f64::MIN].into_iter().filter(|n| n.is_finite()) {
                prop_assert_eq!(BucketIndex::of(bounds).find(number), search(bounds, number));
            }
        }
    }
}
