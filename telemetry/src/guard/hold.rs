//! The records that back ends keep in a guard from its start to its end.

/// One back end's record of one operation in flight: where it was counted, so that its end is counted in the
/// same place whatever happens to the labels meanwhile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold {
    /// The address of the back end, which is alive as long as the guard has a handle to it.
    pub owner: usize,
    /// The index of the instrument among those of the event.
    pub instrument: usize,
    /// The row of the series, or another number by which the back end finds it.
    pub row: u64,
}

/// The records of a guard. The first needs no allocation: most guards have one.
#[derive(Debug, Default)]
pub(super) struct Holds {
    first: Option<Hold>,
    more: Vec<Hold>,
}

impl Holds {
    #[inline]
    pub(super) const fn new() -> Self {
        Holds { first: None, more: Vec::new() }
    }

    pub(super) fn push(&mut self, hold: Hold) {
        match &self.first {
            None => self.first = Some(hold),
            Some(_) => self.more.push(hold),
        }
    }

    /// Removes and returns a record of this back end.
    pub(super) fn take(&mut self, owner: usize) -> Option<Hold> {
        if let Some(hold) = self.first.take_if(|hold| hold.owner == owner) {
            return Some(hold);
        }
        let at = self.more.iter().position(|hold| hold.owner == owner)?;
        Some(self.more.swap_remove(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_back_end_gets_its_own_records_back() {
        let mut holds = Holds::default();
        for (owner, row) in [(1, 10), (2, 20), (1, 11), (2, 21)] {
            holds.push(Hold { owner, instrument: 0, row });
        }
        let mut rows = |owner| {
            let mut rows: Vec<u64> = std::iter::from_fn(|| holds.take(owner).map(|hold| hold.row)).collect();
            rows.sort_unstable();
            rows
        };
        assert!(rows(3).is_empty());
        assert_eq!(rows(2), [20, 21]);
        assert_eq!(rows(1), [10, 11]);
        assert!(rows(1).is_empty());
    }
}
