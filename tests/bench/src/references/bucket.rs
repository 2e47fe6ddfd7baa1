//! The first bucket whose bound is not below a value, found in three ways.
#![expect(clippy::cast_possible_truncation, reason = "an octave is small")]

use crate::workload::input::BUCKETS;

/// Buckets, the one to infinity included.
pub const COUNT: usize = BUCKETS.len() + 1;

/// One bound after the other.
#[inline]
pub fn linear(value: f64) -> usize {
    BUCKETS.iter().position(|bound| value <= *bound).unwrap_or(BUCKETS.len())
}

/// Four comparisons, no branch.
#[inline]
pub fn binary(value: f64) -> usize {
    let mut bucket = 0;
    let mut step = 8;
    while step > 0 {
        let above = PADDED[(bucket + step - 1) & 15] < value;
        bucket += if above { step } else { 0 };
        step /= 2;
    }
    bucket
}

/// The value's octave says where to begin; two comparisons, since no octave holds more than two bounds.
#[inline]
pub fn octave(value: f64) -> usize {
    // Signed, so that what is below zero is below the first octave too.
    let octave = (value.to_bits().cast_signed() >> 52).clamp(LOWEST, HIGHEST) - LOWEST;
    let first = usize::from(FIRST[octave.cast_unsigned() as usize & 15]);
    first + usize::from(PADDED[first & 15] < value) + usize::from(PADDED[(first + 1) & 15] < value)
}

/// The bounds, and infinities behind them.
const PADDED: [f64; 16] = {
    let mut padded = [f64::INFINITY; 16];
    let mut index = 0;
    while index < BUCKETS.len() {
        padded[index] = BUCKETS[index];
        index += 1;
    }
    padded
};

const LOWEST: i64 = octave_of(BUCKETS[0]);
const HIGHEST: i64 = octave_of(BUCKETS[BUCKETS.len() - 1]);

/// Per octave, the first bound that is not below all of it.
const FIRST: [u8; 16] = {
    assert!(HIGHEST - LOWEST < 16);
    let mut first = [0; 16];
    let mut bound = 0;
    while bound < BUCKETS.len() {
        let mut above = octave_of(BUCKETS[bound]) - LOWEST + 1;
        while above < 16 {
            first[above.cast_unsigned() as usize] += 1;
            above += 1;
        }
        bound += 1;
    }
    first
};

const fn octave_of(value: f64) -> i64 {
    value.to_bits().cast_signed() >> 52
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::input;

    #[test]
    fn all_ways_find_the_same_bucket() {
        let around = BUCKETS.into_iter().flat_map(|bound| [bound.next_down(), bound, bound.next_up()]);
        let odd = [0.0, -1.0, f64::MIN_POSITIVE, f64::MAX, f64::INFINITY];
        for value in around.chain(odd).chain(*input::seconds()) {
            assert_eq!([binary(value), octave(value)], [linear(value); 2], "{value}");
        }
    }
}
