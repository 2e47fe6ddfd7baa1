//! Which series were removed, and when: rows of a group that have some labels' values in common.

use crate::registry::layout::plan::Plan;
use std::collections::HashMap;
use std::time::SystemTime;

/// The rows of a group that a removal selects: those with its labels' indexes.
///
/// A key stands for the indexes of all these labels.
#[derive(Debug)]
pub struct Pattern {
    /// The group's index.
    pub group: usize,
    /// True for gauges, whose rows are no thread's own.
    pub is_gauge: bool,
    /// The number of the group's rows.
    rows: u64,
    /// The labels from the one that changes a row's number most to the one that changes it least.
    labels: Box<[PatternLabel]>,
}

/// A label of a [`Pattern`].
#[derive(Clone, Copy, Debug)]
pub struct PatternLabel {
    /// The label's position among those of the removal.
    pub position: usize,
    /// The distance in rows between two of its indexes.
    pub stride: u64,
    /// The number of its indexes.
    pub len: u64,
}

impl Pattern {
    pub fn new(group: usize, plan: &Plan, mut labels: Vec<PatternLabel>) -> Self {
        labels.sort_unstable_by_key(|label| std::cmp::Reverse(label.stride));
        Pattern { group, is_gauge: plan.keeps_last(), rows: plan.rows, labels: labels.into() }
    }

    /// Returns the key of the labels' indexes, which are in the order of the removal.
    pub fn key(&self, indexes: &[u64]) -> Option<u64> {
        self.labels.iter().try_fold(0, |key, label| Some(key * label.len + indexes.get(label.position)?))
    }

    /// Returns the key of a row.
    pub fn key_of(&self, row: u64) -> u64 {
        self.labels.iter().fold(0, |key, label| key * label.len + row / label.stride % label.len)
    }

    /// Calls `f` with all rows of a key.
    pub fn each_row(&self, mut key: u64, mut f: impl FnMut(u64)) {
        let mut starts = 0;
        for label in self.labels.iter().rev() {
            starts += key % label.len * label.stride;
            key /= label.len;
        }
        walk(&self.labels, starts, self.rows, &mut f);
    }
}

/// Calls `f` with the rows from `start` on, at the distances that the labels leave free: up to `end` rows
/// behind it.
fn walk(labels: &[PatternLabel], start: u64, rows: u64, f: &mut impl FnMut(u64)) {
    let Some((label, rest)) = labels.split_first() else { return (start..start + rows).for_each(f) };
    let mut at = 0;
    while at < rows {
        walk(rest, start + at, label.stride, f);
        at += label.stride * label.len;
    }
}

/// The end of the series of one key.
#[derive(Clone, Copy, Debug)]
pub struct Void {
    /// The generation of the removal that ended them.
    pub generation: u64,
    /// The time of that.
    pub at: SystemTime,
    /// True as long as a thread may set a gauge of them whose text is gone.
    pub is_quarantined: bool,
}

/// All ends of series in a surface.
#[derive(Clone, Debug, Default)]
pub struct Removed {
    /// The generation of the last removal.
    pub generation: u64,
    /// By pattern: the last end of each key.
    pub voids: Vec<HashMap<u64, Void>>,
    /// By pattern: the generation of the last end.
    pub last: Vec<u64>,
}

impl Removed {
    pub fn new(patterns: usize) -> Self {
        Removed { generation: 0, voids: vec![HashMap::new(); patterns], last: vec![0; patterns] }
    }

    /// Adds an end.
    pub fn add(&mut self, pattern: usize, key: u64, void: Void) {
        self.generation = self.generation.max(void.generation);
        if let (Some(voids), Some(last)) = (self.voids.get_mut(pattern), self.last.get_mut(pattern)) {
            voids.insert(key, void);
            *last = void.generation.max(*last);
        }
    }

    /// Returns the last end of a row's series. `patterns` are those of its group, with their indexes.
    pub fn void<'s>(&self, patterns: impl Iterator<Item = (usize, &'s Pattern)>, row: u64) -> Option<Void> {
        let voids =
            patterns.filter_map(|(at, pattern)| self.voids.get(at)?.get(&pattern.key_of(row)).copied());
        voids.max_by_key(|void| void.generation)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::registry::layout::cell::Cell;

    /// A pattern of a group with labels of 3, 4 and 5 indexes.
    fn pattern(labels: &[(usize, u64, u64)]) -> Pattern {
        let labels = labels.iter().map(|(position, stride, len)| PatternLabel {
            position: *position,
            stride: *stride,
            len: *len,
        });
        let mut labels: Vec<_> = labels.collect();
        labels.sort_unstable_by_key(|label| std::cmp::Reverse(label.stride));
        Pattern { group: 0, is_gauge: matches!(Cell::Count, Cell::Gauge(_)), rows: 60, labels: labels.into() }
    }

    #[test]
    fn a_key_has_the_rows_whose_key_it_is() {
        let (a, b, c) = ((0, 20, 3), (1, 5, 4), (2, 1, 5));
        for labels in [&[][..], &[a], &[b], &[c], &[a, b], &[c, a], &[b, c], &[c, b, a]] {
            let pattern = pattern(labels);
            let keys: u64 = labels.iter().map(|(_, _, len)| len).product();
            let mut all = Vec::new();
            for key in 0..keys {
                let mut rows = Vec::new();
                pattern.each_row(key, |row| rows.push(row));
                assert_eq!(rows.len() as u64, 60 / keys, "{labels:?}");
                assert!(rows.iter().all(|row| pattern.key_of(*row) == key), "{labels:?}: {key} has {rows:?}");
                all.extend(rows);
            }
            all.sort_unstable();
            assert_eq!(all, (0..60).collect::<Vec<_>>(), "{labels:?}");
        }
    }

    #[test]
    fn a_key_is_of_indexes_in_the_order_of_the_removal() {
        let pattern = pattern(&[(1, 20, 3), (0, 1, 5)]);
        assert_eq!(pattern.key(&[4, 2]), Some(pattern.key_of(2 * 20 + 3 * 5 + 4)));
        assert_eq!(pattern.key(&[4]), None);
    }
}
