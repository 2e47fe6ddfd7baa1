//! The state of a series at one time.

use super::exponential::ExponentialBuckets;
use crate::registry::layout::cell::{BUCKETS, Cell};
use crate::registry::layout::exponential::NATIVE_WORDS;
use crate::value::{Number, Representation};
use std::time::Duration;

/// The state of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Point<'a> {
    /// The sum of a counter or an up-down counter.
    Sum(Number),
    /// The last number of a gauge.
    Gauge(Number),
    /// A histogram's buckets and sum.
    Histogram(HistogramPoint<'a>),
}

/// The state of a histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct HistogramPoint<'a> {
    /// The count of numbers in each bucket, not cumulative. The last bucket is for numbers above all bounds.
    pub counts: &'a [u64],
    /// The sum of the numbers; durations in seconds.
    pub sum: f64,
    /// The exponential buckets of a histogram that is declared `native`. They have the same numbers.
    pub exponential: Option<ExponentialBuckets<'a>>,
}

impl HistogramPoint<'_> {
    /// Returns the count of numbers. Saturates.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// Returns the state of a series, given its words.
#[inline(always)]
pub fn point<'a>(cell: &Cell, words: &'a [u64]) -> Point<'a> {
    let first = words[0];
    let second = words.get(1).copied().unwrap_or_default();
    match *cell {
        Cell::Count => Point::Sum(Number::U64(first)),
        Cell::Nanos => Point::Sum(Number::Duration(Duration::from_nanos(first))),
        Cell::Split => Point::Sum(split(first, f64::from_bits(second))),
        Cell::Delta => Point::Sum(Number::I64(first.cast_signed())),
        Cell::InFlight => Point::Sum(Number::I64(first.cast_signed().max(0))),
        Cell::Float => Point::Sum(Number::F64(f64::from_bits(first))),
        Cell::Gauge(representation) => Point::Gauge(last(representation, first)),
        Cell::Total(representation) => Point::Sum(last(representation, first)),
        Cell::Histogram { native, .. } => {
            // A view may have merged the buckets in between.
            let end = words.len() - if native { NATIVE_WORDS } else { 0 };
            Point::Histogram(HistogramPoint {
                counts: &words[BUCKETS..end],
                sum: f64::from_bits(second),
                exponential: native.then(|| ExponentialBuckets::of(&words[end..])),
            })
        }
    }
}

/// Returns the sum of whole numbers and fractions. A whole number stays one.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "exact below 2⁵³, and a fraction's whole part is meant"
)]
fn split(whole: u64, fraction: f64) -> Number {
    const EXACT: u64 = 1 << 53;
    if fraction == 0.0 || whole >= EXACT {
        // Above 2⁵³ a float has room neither for fractions nor for every whole number.
        Number::U64(whole.saturating_add(fraction as u64))
    } else {
        Number::F64(whole as f64 + fraction)
    }
}

fn last(representation: Representation, bits: u64) -> Number {
    match representation {
        Representation::U64 => Number::U64(bits),
        Representation::I64 => Number::I64(bits.cast_signed()),
        Representation::F64 | Representation::Time => Number::F64(f64::from_bits(bits)),
        Representation::Duration => Number::Duration(Duration::from_nanos(bits)),
    }
}
