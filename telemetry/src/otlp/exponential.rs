//! Exponential buckets of a total, and their change since an earlier one.

use super::proto::Buckets;
use crate::registry::ExponentialBuckets;

/// Exponential buckets: scale, zeros, and the counts from the bucket with index `offset` on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Exponential {
    pub scale: i32,
    pub zero_count: u64,
    pub offset: i32,
    /// Without empty ones at both ends.
    pub counts: Vec<u64>,
}

impl Exponential {
    pub(super) fn of(buckets: &ExponentialBuckets<'_>) -> Self {
        let ExponentialBuckets { scale, zero_count, offset, counts, .. } = *buckets;
        Exponential { scale, zero_count, offset, counts: counts.to_vec() }
    }

    /// Returns the count of numbers. Saturates.
    pub(super) fn count(&self) -> u64 {
        self.counts.iter().fold(self.zero_count, |sum, count| sum.saturating_add(*count))
    }

    /// Returns the change since an earlier total of the same series, whose scale may have been finer.
    pub(super) fn since(&self, before: &Exponential) -> Self {
        let scale = self.scale.min(before.scale);
        let mut change = self.at_scale(scale);
        let before = before.at_scale(scale);
        change.zero_count = change.zero_count.saturating_sub(before.zero_count);
        for (index, count) in (change.offset..).zip(&mut change.counts) {
            let at = usize::try_from(index - before.offset).ok();
            let earlier = at.and_then(|at| before.counts.get(at)).copied().unwrap_or_default();
            *count = count.saturating_sub(earlier);
        }
        change.trim();
        change
    }

    /// Returns the same numbers at a scale that is not finer.
    fn at_scale(&self, scale: i32) -> Self {
        let by = self.scale - scale;
        let offset = self.offset >> by;
        let mut counts: Vec<u64> = Vec::new();
        for (index, count) in (self.offset..).zip(&self.counts) {
            // The first one has the offset, and each other one is the same or the next.
            if counts.is_empty() || index % (1 << by) == 0 {
                counts.push(0);
            }
            if let Some(last) = counts.last_mut() {
                *last = last.saturating_add(*count);
            }
        }
        Exponential { scale, offset, counts, zero_count: self.zero_count }
    }

    /// Removes empty buckets at both ends.
    fn trim(&mut self) {
        let last = self.counts.iter().rposition(|count| *count != 0).map_or(0, |last| last + 1);
        self.counts.truncate(last);
        let first = self.counts.iter().take_while(|count| **count == 0).count();
        self.counts.drain(..first);
        self.offset =
            if last == 0 { 0 } else { self.offset.saturating_add(i32::try_from(first).unwrap_or_default()) };
    }

    pub(super) fn into_buckets(self) -> Buckets {
        Buckets { offset: self.offset, bucket_counts: self.counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Point;
    use crate::{Registry, metrics};
    use proptest::prelude::*;

    #[metrics(mock(cfg(any())))]
    trait Surface {
        /// Sizes.
        #[histogram(buckets = [1], native)]
        #[log(off)]
        fn size(&self, n: f64);
    }

    /// Returns the state of a histogram after these numbers.
    fn total(numbers: &[f64]) -> Exponential {
        let registry = Registry::new();
        let Ok(surface) = registry.register::<dyn Surface>() else { return Exponential::default() };
        for number in numbers {
            surface.size(*number);
        }
        let snapshot = registry.snapshot();
        let points = snapshot.families().flat_map(|family| family.series()).map(|series| series.point());
        let exponential = points.filter_map(|point| match point {
            Point::Histogram(histogram) => histogram.exponential,
            _ => None,
        });
        exponential.last().map(|buckets| Exponential::of(&buckets)).unwrap_or_default()
    }

    proptest! {
        #[test]
        fn a_change_has_the_numbers_since(
            before in prop::collection::vec(prop_oneof![1e-3..10.0, Just(0.0), 1e-30..1e30], 0..20),
            more in prop::collection::vec(prop_oneof![1e-3..10.0, Just(0.0), 1e-30..1e30], 0..20),
        ) {
            let all = total(&[before.clone(), more.clone()].concat());
            let change = all.since(&total(&before));
            prop_assert_eq!(change.scale, all.scale);
            prop_assert_eq!(&change, &{
                let mut expected = total(&more).at_scale(all.scale);
                expected.trim();
                expected
            });
            prop_assert_eq!(change.count(), more.len() as u64);
        }
    }
}
