//! The totals that the collector has accepted, for exporters that send changes.

use super::exemplars::SentExemplars;
use super::exponential::Exponential;
use crate::registry::{FamilyId, HistogramPoint, SeriesId};
use crate::value::Number;
use std::collections::HashMap;

/// The identity of a series in the registry.
pub(super) type Key = (FamilyId, SeriesId);

/// The delivered totals by series. Times are nanoseconds since 1970.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    series: HashMap<Key, Reading>,
    pub exemplars: SentExemplars,
    /// The time of the snapshot of the last push that arrived as a whole. A series that is newer than that
    /// was 0 at that time.
    complete: u64,
}

/// A total of one series, and the time of its snapshot.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    /// The time of its snapshot.
    pub time: u64,
    pub total: Total,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Total {
    Sum(Number),
    Histogram { counts: Box<[u64]>, sum: f64 },
    Exponential { buckets: Exponential, sum: f64 },
}

/// The change of a series since its last delivery.
#[derive(Debug, PartialEq)]
pub(super) struct Delta<T> {
    /// The time of the last delivery.
    pub start: u64,
    pub change: T,
    /// The series is new, or it changed.
    pub is_changed: bool,
}

impl Delivered {
    /// `exemplars` says whether exemplars are sent.
    pub(super) fn new(exemplars: bool) -> Self {
        Delivered { exemplars: SentExemplars::new(exemplars), ..Delivered::default() }
    }

    /// Remembers totals that have arrived.
    pub(super) fn add(&mut self, totals: impl IntoIterator<Item = (Key, Reading)>) {
        self.series.extend(totals);
    }

    /// Forgets a series that is gone.
    pub(super) fn remove(&mut self, key: Key) {
        self.series.remove(&key);
        self.exemplars.remove(key);
    }

    /// Remembers that all series of a snapshot have arrived.
    pub(super) fn complete(&mut self, time: u64) {
        self.complete = time;
    }

    /// Returns the change of a sum that started at `start`.
    pub(super) fn sum(&self, key: Key, start: u64, now: Number) -> Delta<Number> {
        match self.series.get(&key) {
            // After its last delivery, a total that somebody else keeps may have begun again.
            Some(Reading { time, total: Total::Sum(before) }) if start <= *time => {
                Delta { start: *time, change: minus(now, *before), is_changed: now != *before }
            }
            _ => Delta { start: start.max(self.complete), change: now, is_changed: true },
        }
    }

    /// Returns the change of a histogram that started at `start`.
    pub(super) fn histogram(&self, key: Key, start: u64, now: HistogramPoint<'_>) -> Delta<(Vec<u64>, f64)> {
        match self.series.get(&key) {
            Some(Reading { time, total: Total::Histogram { counts, sum } }) => {
                let change = now.counts.iter().zip(counts).map(|(now, before)| now.saturating_sub(*before));
                let change: Vec<u64> = change.collect();
                let is_changed = change.iter().any(|count| *count != 0);
                Delta { start: *time, change: (change, (now.sum - sum).max(0.0)), is_changed }
            }
            _ => Delta {
                start: start.max(self.complete),
                change: (now.counts.to_vec(), now.sum),
                is_changed: true,
            },
        }
    }

    /// Returns the change of a histogram with exponential buckets that started at `start`.
    pub(super) fn exponential(
        &self,
        key: Key,
        start: u64,
        (now, sum_now): &(Exponential, f64),
    ) -> Delta<(Exponential, f64)> {
        match self.series.get(&key) {
            Some(Reading { time, total: Total::Exponential { buckets, sum } }) => {
                let change = now.since(buckets);
                let is_changed = change.count() != 0;
                Delta { start: *time, change: (change, (sum_now - sum).max(0.0)), is_changed }
            }
            _ => Delta { start: start.max(self.complete), change: (now.clone(), *sum_now), is_changed: true },
        }
    }
}

/// Subtracts totals of a counter, which never fall.
fn minus(now: Number, before: Number) -> Number {
    match (now, before) {
        (Number::U64(now), Number::U64(before)) => Number::U64(now.saturating_sub(before)),
        (Number::Duration(now), Number::Duration(before)) => Number::Duration(now.saturating_sub(before)),
        _ => Number::F64((now.as_f64() - before.as_f64()).max(0.0)),
    }
}
