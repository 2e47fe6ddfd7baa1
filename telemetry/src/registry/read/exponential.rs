//! Exponential buckets of a histogram, and the quantiles that they show.

use crate::registry::layout::exponential::FINEST_SCALE;
use crate::registry::store::native::Window;

/// The numbers of a histogram that is declared `native`, in exponential buckets: each bound is a power of one
/// base.
///
/// At scale `s` the base is 2^(2^-s), and bucket `i` holds the numbers above base^i, up to and including
/// base^(i + 1). That is the mapping of [OpenTelemetry]; Prometheus numbers the same buckets from 1. A
/// histogram begins with scale 7, at which a factor of 2 has 128 buckets, and keeps up to 160 buckets. If its
/// numbers are too far from each other, its scale becomes coarser by as much as is needed, down to -4: then
/// there are fewer and wider buckets. It is never finer again, as long as the series lives.
///
/// The exponential buckets have exactly the numbers that the [others] have. Zeros
/// count by themselves. All other numbers are in a bucket, subnormal ones too.
///
/// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
/// [others]: super::point::HistogramPoint::counts
///
/// # Examples
///
/// ```
/// use telemetry::registry::Point;
/// use telemetry::{Registry, metrics};
///
/// #[metrics]
/// pub trait Metrics {
///     /// Sizes of responses.
///     #[histogram(unit = bytes, buckets = [100, 10000], native)]
///     fn size(&self, bytes: u64);
/// }
///
/// let registry = Registry::new();
/// let metrics = registry.register::<dyn Metrics>()?;
/// metrics.size(0);
/// metrics.size(1000);
/// metrics.size(1024);
/// metrics.size(1024);
///
/// let snapshot = registry.snapshot();
/// let size = snapshot.families().find(|family| family.name() == "size").unwrap();
/// let Point::Histogram(histogram) = size.series().next().unwrap().point() else { unreachable!() };
/// let buckets = histogram.exponential.unwrap();
/// assert_eq!((buckets.scale, buckets.zero_count), (7, 1));
/// // 1024 is 2^10, and the bound of a bucket: it is the last number of the bucket before.
/// assert_eq!(buckets.offset + buckets.counts.len() as i32 - 1, 10 * 128 - 1);
/// assert_eq!(buckets.counts, [1, 0, 0, 0, 2]);
/// assert!((buckets.quantile(0.9).unwrap() / 1024.0 - 1.0).abs() < 0.003);
/// # Ok::<(), telemetry::registry::RegisterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExponentialBuckets<'a> {
    /// The scale: the base is 2^(2^-scale).
    pub scale: i32,
    /// The count of numbers that are 0, or at most [`zero_threshold`](Self::zero_threshold).
    pub zero_count: u64,
    /// The greatest number that counts as 0: 0.
    pub zero_threshold: f64,
    /// The index of the first of `counts`.
    pub offset: i32,
    /// The count of numbers in each bucket, without empty ones at both ends. Without numbers, there is no
    /// bucket.
    pub counts: &'a [u64],
}

impl<'a> ExponentialBuckets<'a> {
    /// Returns the buckets in these words of a row.
    #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "a row has few buckets")]
    pub(super) fn of(words: &'a [u64]) -> Self {
        let [window, zero_count, counts @ ..] = words else {
            debug_assert!(false, "a row has the words of its cell");
            return ExponentialBuckets {
                scale: 0,
                zero_count: 0,
                zero_threshold: 0.0,
                offset: 0,
                counts: &[],
            };
        };
        let Window { shift, offset } = Window::of(*window);
        let first = counts.iter().position(|count| *count != 0).unwrap_or(counts.len());
        let last = counts.iter().rposition(|count| *count != 0).map_or(first, |last| last + 1);
        ExponentialBuckets {
            scale: FINEST_SCALE - shift as i32,
            zero_count: *zero_count,
            zero_threshold: 0.0,
            offset: if first == last { 0 } else { offset + first as i32 },
            counts: &counts[first..last],
        }
    }

    /// Returns the count of numbers. Saturates.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(self.zero_count, |sum, count| sum.saturating_add(*count))
    }

    /// Returns the upper bound of the bucket with this index: the greatest number in it. The one above the
    /// greatest float is infinite.
    #[must_use]
    pub fn upper_bound(&self, index: i32) -> f64 {
        // Exact: both are small, and one is a power of 2.
        ((f64::from(index) + 1.0) * f64::from(-self.scale).exp2()).exp2()
    }

    /// Returns an estimate of the number below which a share `q` of all numbers lies, with `q` from 0 to 1:
    /// 0.99 for the 99th percentile. Returns `None` without numbers, and for another `q`.
    ///
    /// It is a number in the bucket of the exact quantile, which is one of the numbers and the least one that
    /// is not below such a share. It is never off by more than [`quantile_error`](Self::quantile_error) of
    /// it, if that is at least 2.3 · 10⁻³⁰⁸.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a share of a count that a float cannot represent is as good as its neighbor"
    )]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let count = self.count();
        if count == 0 || !(0.0..=1.0).contains(&q) {
            return None;
        }
        let rank = ((q * count as f64).ceil() as u64).clamp(1, count);
        let mut below = self.zero_count;
        if rank <= below {
            return Some(0.0);
        }
        let found = (self.offset..).zip(self.counts).find(|(_, count)| {
            below = below.saturating_add(**count);
            rank <= below
        });
        found.map(|(index, _)| self.middle(index))
    }

    /// Returns the number in a bucket whose distance to either bound is the same share of that bound.
    fn middle(&self, index: i32) -> f64 {
        let lower = self.upper_bound(index - 1);
        lower * (1.0 + self.quantile_error())
    }

    /// Returns the greatest relative error of [`quantile`](Self::quantile) at this scale: 0.0027 at scale 7,
    /// and twice that with each scale below, at first.
    #[must_use]
    pub fn quantile_error(&self) -> f64 {
        let base = f64::from(-self.scale).exp2().exp2();
        (base - 1.0) / (base + 1.0)
    }
}

#[cfg(all(test, not(loom)))]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    reason = "few numbers; a panic is how a test fails"
)]
mod tests {
    use super::*;
    use crate::registry::layout::exponential::NATIVE_WORDS;
    use crate::registry::store::cell::Exclusive;
    use crate::registry::store::native::add;
    use crate::sync::{Ordering, zeros};
    use proptest::prelude::*;

    fn words(numbers: &[f64]) -> Vec<u64> {
        let words = zeros(NATIVE_WORDS);
        for number in numbers {
            add::<Exclusive>(&words, *number);
        }
        words.iter().map(|word| word.load(Ordering::Relaxed)).collect()
    }

    #[test]
    fn without_numbers_there_is_no_quantile() {
        let empty = words(&[]);
        let buckets = ExponentialBuckets::of(&empty);
        assert_eq!((buckets.offset, buckets.counts, buckets.quantile(0.5)), (0, &[][..], None));
        let one = words(&[2.0]);
        for q in [-0.1, 1.1, f64::NAN] {
            assert_eq!(ExponentialBuckets::of(&one).quantile(q), None);
        }
    }

    #[test]
    fn extremes_have_quantiles() {
        let all = words(&[0.0, f64::MIN_POSITIVE, f64::MAX]);
        let buckets = ExponentialBuckets::of(&all);
        assert_eq!(buckets.quantile(0.0), Some(0.0));
        assert!(buckets.upper_bound(buckets.offset + 127).is_infinite());
        assert!(buckets.quantile(1.0).unwrap().is_finite());
        let one = words(&[f64::MAX]);
        let last = ExponentialBuckets::of(&one).quantile(1.0).unwrap();
        assert!((last / f64::MAX - 1.0).abs() < 0.003, "{last:e}");
    }

    proptest! {
        #[test]
        fn a_quantile_is_within_its_error(
            mut numbers in prop::collection::vec(prop_oneof![1e-6..1e2, 0.9..1.1, Just(0.0), 1e-300..1e300], 1..60),
            q in 0.0..=1.0_f64,
        ) {
            let words = words(&numbers);
            let buckets = ExponentialBuckets::of(&words);
            numbers.sort_unstable_by(f64::total_cmp);
            let rank = ((q * numbers.len() as f64).ceil() as usize).clamp(1, numbers.len());
            let exact = numbers[rank - 1];
            let estimate = buckets.quantile(q).unwrap();
            prop_assert!((estimate - exact).abs() <= exact * (buckets.quantile_error() + 1e-12), "{} of {}", estimate, exact);
            prop_assert_eq!(buckets.count(), numbers.len() as u64);
        }
    }
}
