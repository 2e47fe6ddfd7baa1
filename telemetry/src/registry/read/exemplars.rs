//! The exemplars of a snapshot: the newest of all threads for each bucket.

use crate::registry::layout::plan::Plan;
use crate::registry::store::exemplars::{ExemplarRow, StoredExemplar};
use crate::registry::store::shard::Shard;
use crate::trace::TraceContext;
use std::cmp::Reverse;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A number that one call added to a series, and the trace of that call. [`Series::exemplars`] returns it.
///
/// [`Series::exemplars`]: super::series::Series::exemplars
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exemplar {
    pub(in crate::registry) row: u64,
    pub(in crate::registry) bucket: usize,
    stored: StoredExemplar,
}

impl Exemplar {
    /// Returns the index of the bucket in [`HistogramPoint::counts`], or 0 for a counter.
    ///
    /// [`HistogramPoint::counts`]: super::point::HistogramPoint::counts
    #[must_use]
    pub const fn bucket(&self) -> usize {
        self.bucket
    }

    /// Returns the number that the call added; durations in seconds.
    #[must_use]
    pub const fn value(&self) -> f64 {
        self.stored.value
    }

    /// Returns the ids of the span in which it was added.
    #[must_use]
    pub const fn trace(&self) -> TraceContext {
        self.stored.trace
    }

    /// Returns the time of the call.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(self.stored.time)
    }

    /// Returns the number of the series in its group; see [`SeriesGroup::rows`].
    ///
    /// [`SeriesGroup::rows`]: super::series::SeriesGroup::rows
    #[must_use]
    pub const fn row(&self) -> u64 {
        self.row
    }
}

/// Reads the exemplars of a group from all shards, each with the generation of removals to which its thread
/// has come. `is_behind` returns whether the series of a row ended after a generation. `rows` and `words` are
/// memory.
pub fn read<'s>(
    plan: &Plan,
    is_behind: impl Fn(u64, u64) -> bool,
    all: impl Iterator<Item = (&'s Shard, u64)>,
    rows: &mut Vec<u64>,
    words: &mut Vec<u64>,
    into: &mut Vec<Exemplar>,
) {
    for (shard, seen) in all {
        let Some(cells) = shard.exemplars.get(usize::from(plan.group)) else { continue };
        rows.clear();
        cells.pages(rows);
        for row in rows.iter().copied().filter(|row| !is_behind(*row, seen)) {
            if let Some(of) = ExemplarRow::existing(cells, plan, row) {
                of.read(words, |bucket, stored| into.push(Exemplar { row, bucket, stored }));
            }
        }
    }
    keep_newest(into);
}

/// Sorts exemplars by series and bucket, and keeps the newest of each bucket.
pub fn keep_newest(exemplars: &mut Vec<Exemplar>) {
    exemplars.sort_unstable_by_key(|exemplar| {
        (exemplar.row, exemplar.bucket, Reverse(exemplar.stored.time), exemplar.stored.trace.span_id())
    });
    exemplars.dedup_by_key(|exemplar| (exemplar.row, exemplar.bucket));
}

/// Returns the exemplars of one series.
pub fn of_row(exemplars: &[Exemplar], row: u64) -> &[Exemplar] {
    let start = exemplars.partition_point(|exemplar| exemplar.row < row);
    let rest = &exemplars[start..];
    &rest[..rest.partition_point(|exemplar| exemplar.row == row)]
}
