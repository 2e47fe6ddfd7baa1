//! The records that back ends keep in a guard from its start to its end.

use std::sync::atomic::{AtomicU64, Ordering};

/// One back end's record of one operation in flight: the series that counts it, so that its end is counted in
/// the same one whatever happens to the labels in the time between.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold {
    /// The back end, by an id that no other one ever has, and that is not 0: an address could be that of
    /// another by the end.
    pub owner: u64,
    /// The index of the instrument among those of the event.
    pub instrument: usize,
    /// The row of the series, or another number by which the back end finds it.
    pub row: u64,
}

/// Returns an id for a back end that is not a registration, whose ids are even.
pub(crate) fn new_owner() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(2, Ordering::Relaxed)
}

impl Hold {
    /// In place of a record.
    const NONE: Hold = Hold { owner: 0, instrument: 0, row: 0 };

    #[inline]
    const fn is_of(&self, owner: u64, instrument: usize) -> bool {
        self.owner == owner && self.instrument == instrument
    }
}

/// The records of a guard. The first needs no allocation: most guards have one.
#[derive(Debug)]
#[allow(clippy::box_collection, reason = "a guard without a second record is two words smaller")]
pub(super) struct Holds {
    first: Hold,
    more: Option<Box<Vec<Hold>>>,
}

impl Holds {
    #[inline]
    pub(super) const fn new() -> Self {
        Holds { first: Hold::NONE, more: None }
    }

    #[inline]
    pub(super) fn push(&mut self, hold: Hold) {
        if self.first.owner == 0 {
            self.first = hold;
        } else {
            push_more(&mut self.more, hold.owner, hold.instrument, hold.row);
        }
    }

    /// Returns the same records, to be kept in another place. Moves them by fields: for a copy as a whole,
    /// the processor would wait until the parts are stored.
    #[inline]
    pub(super) fn moved(self) -> Self {
        let Holds { first: Hold { owner, instrument, row }, more } = self;
        Holds { first: Hold { owner, instrument, row }, more }
    }

    /// Removes a record of this back end and this instrument, and returns its row.
    #[inline]
    pub(super) fn take(&mut self, owner: u64, instrument: usize) -> Option<u64> {
        if self.first.is_of(owner, instrument) {
            self.first.owner = 0;
            return Some(self.first.row);
        }
        // What it points to, so that a guard of one record need have no address.
        take_more(self.more.as_mut()?, owner, instrument)
    }
}

/// Takes a record in parts: the first one then has no place in memory but the guard's.
#[cold]
#[allow(clippy::box_collection, reason = "see `Holds`")]
fn push_more(more: &mut Option<Box<Vec<Hold>>>, owner: u64, instrument: usize, row: u64) {
    more.get_or_insert_default().push(Hold { owner, instrument, row });
}

#[cold]
fn take_more(more: &mut Vec<Hold>, owner: u64, instrument: usize) -> Option<u64> {
    let at = more.iter().position(|hold| hold.is_of(owner, instrument))?;
    Some(more.swap_remove(at).row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_back_end_gets_its_own_records_back() {
        let mut holds = Holds::new();
        for (owner, instrument, row) in [(1, 0, 10), (2, 0, 20), (1, 1, 11), (2, 0, 21)] {
            holds.push(Hold { owner, instrument, row });
        }
        assert_eq!(holds.take(3, 0), None);
        assert_eq!(holds.take(1, 1), Some(11));
        assert_eq!(holds.take(1, 1), None);
        assert_eq!(holds.take(1, 0), Some(10));
        // One back end that is started twice has two records of one instrument.
        let mut rows = [holds.take(2, 0), holds.take(2, 0), holds.take(2, 0)];
        rows.sort_unstable();
        assert_eq!(rows, [None, Some(20), Some(21)]);
    }
}
