//! What the collector has taken already, where it gets differences.

use crate::registry::{FamilyId, HistogramPoint, SeriesId};
use crate::value::Number;
use std::collections::HashMap;

/// A series of the registry.
pub(super) type Key = (FamilyId, SeriesId);

/// Times are nanoseconds since 1970.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    series: HashMap<Key, Known>,
    /// When the registry was read for the last push that arrived as a whole. A series that is new since then
    /// was nothing at that time.
    complete: u64,
}

/// What is known of one series.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// When it was read.
    pub time: u64,
    pub total: Total,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Total {
    Sum(Number),
    Histogram { counts: Box<[u64]>, sum: f64 },
}

/// What came to a series since it was delivered.
#[derive(Debug, PartialEq)]
pub(super) struct Delta<T> {
    /// Since when.
    pub start: u64,
    pub change: T,
    /// It is new, or there is something.
    pub is_news: bool,
}

impl Delivered {
    /// These have arrived.
    pub(super) fn add(&mut self, taken: impl IntoIterator<Item = (Key, Known)>) {
        self.series.extend(taken);
    }

    /// All that was read then has arrived.
    pub(super) fn complete(&mut self, time: u64) {
        self.complete = time;
    }

    /// What came to a sum, which counts from `start`.
    pub(super) fn sum(&self, key: Key, start: u64, now: Number) -> Delta<Number> {
        match self.series.get(&key) {
            Some(Known { time, total: Total::Sum(before) }) => {
                Delta { start: *time, change: minus(now, *before), is_news: now != *before }
            }
            _ => Delta { start: start.max(self.complete), change: now, is_news: true },
        }
    }

    /// What came to a histogram, which counts from `start`.
    pub(super) fn histogram(&self, key: Key, start: u64, now: HistogramPoint<'_>) -> Delta<(Vec<u64>, f64)> {
        match self.series.get(&key) {
            Some(Known { time, total: Total::Histogram { counts, sum } }) => {
                let change = now.counts.iter().zip(counts).map(|(now, before)| now.saturating_sub(*before));
                let change: Vec<u64> = change.collect();
                let is_news = change.iter().any(|count| *count != 0);
                Delta { start: *time, change: (change, (now.sum - sum).max(0.0)), is_news }
            }
            _ => Delta {
                start: start.max(self.complete),
                change: (now.counts.to_vec(), now.sum),
                is_news: true,
            },
        }
    }
}

/// Sums of counters do not fall.
fn minus(now: Number, before: Number) -> Number {
    match (now, before) {
        (Number::U64(now), Number::U64(before)) => Number::U64(now.saturating_sub(before)),
        (Number::Duration(now), Number::Duration(before)) => Number::Duration(now.saturating_sub(before)),
        _ => Number::F64((now.as_f64() - before.as_f64()).max(0.0)),
    }
}
