//! Which series take exemplars, and how many each.

use super::cell::{BUCKETS, Cell};
use super::plan::{Plan, Storage, cell_of};
use crate::schema::Schema;

/// The number of words of one exemplar: the number, the ids of its trace and span, and the time.
pub const EXEMPLAR_WORDS: usize = 5;

impl Cell {
    /// Returns the number of exemplars of a series: one for each bucket of a histogram, one for a counter,
    /// and none for all others.
    pub const fn exemplars(self) -> usize {
        match self {
            Cell::Count | Cell::Nanos | Cell::Split => 1,
            Cell::Histogram { bounds, .. } => bounds.len() + 1,
            _ => 0,
        }
    }

    /// Returns the position of the word in a row that counts the first bucket.
    const fn first_bucket(self) -> usize {
        if let Cell::Histogram { .. } = self { BUCKETS } else { 0 }
    }

    /// Returns the number of words of a series' exemplars: for each bucket the collection in which the thread
    /// last looked for a trace, a version, and then the exemplars.
    pub const fn exemplar_words(self) -> usize {
        match self.exemplars() {
            0 => 0,
            buckets => buckets + 1 + buckets * EXEMPLAR_WORDS,
        }
    }
}

impl Plan {
    /// Returns whether the instrument's series take exemplars.
    #[inline(always)]
    pub const fn takes_exemplars(&self) -> bool {
        self.cell.exemplars() > 0
    }

    /// Returns the dense word that counts a bucket, if the group is dense. The mark that says when a thread
    /// last looked for the bucket's trace has the same index.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "dense words are few")]
    pub const fn mark(&self, row: u64, bucket: usize) -> Option<usize> {
        match self.storage {
            Storage::Dense { start, .. } => {
                Some(start + row as usize * self.cell.words() + self.cell.first_bucket() + bucket)
            }
            Storage::Sparse(_) | Storage::Observed => None,
        }
    }
}

/// Returns whether a call of the event may take an exemplar.
pub const fn are_taken(schema: &Schema, event: usize) -> bool {
    let instruments = schema.events[event].instruments;
    let mut at = 0;
    while at < instruments.len() {
        if cell_of(schema, event, &instruments[at]).exemplars() > 0 {
            return true;
        }
        at += 1;
    }
    false
}
