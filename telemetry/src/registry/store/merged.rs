//! Series that a view adds up: which series each is the sum of, and what those counted that are gone.
//!
//! A source is a series as it is recorded, and a merged series is the sum of its sources. The state is the
//! registry's, since the identity of a merged series is the same for all readers, and so is its sum. Readings
//! come here one after the other.

use super::cell;
use crate::registry::layout::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

/// The labels of a merged series, keys and values.
pub type Labels = Arc<[(&'static str, Box<str>)]>;

/// The merged series of one family.
#[derive(Debug)]
pub struct Merged {
    cell: Cell,
    /// The last words of a source stay in the sum when it is gone.
    keeps_final: bool,
    /// Sources end, so that their last words are kept here.
    can_end: bool,
    /// The merged series. A place is used again when its series is gone.
    series: Vec<Option<MergedSeries>>,
    /// The places of all series, in the order of their numbers.
    order: Vec<usize>,
    /// Series are new or gone since the order was made.
    is_changed: bool,
    /// The places, by labels in the order of their keys.
    places: HashMap<Labels, usize>,
    /// The sources, by registration and group.
    sources: HashMap<(u64, u32), Sources>,
    /// The number of the next merged series.
    next: u64,
    /// The number of this reading.
    reading: u64,
}

/// One merged series.
#[derive(Debug)]
pub struct MergedSeries {
    /// Never used twice in a family.
    pub number: u64,
    pub labels: Labels,
    /// The start of the first source.
    pub start: SystemTime,
    /// The sum of all sources at this reading.
    pub words: Vec<u64>,
    /// The sum of the sources that are gone; empty without any.
    gone: Vec<u64>,
    /// The greatest sum so far of a float that never falls.
    mark: f64,
    /// The labels in the order of their keys.
    key: Labels,
    /// The number of sources.
    sources: usize,
    /// The reading that found the first source.
    begun: u64,
}

/// The sources of one registration and group.
#[derive(Debug, Default)]
struct Sources {
    /// The last reading that had them.
    reading: u64,
    /// The sources, by row.
    list: Vec<Source>,
    /// Their words, if they can end.
    words: Vec<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Source {
    row: u64,
    birth: u64,
    /// The place of the merged series.
    place: usize,
}

/// The series of one registration and group, at one reading.
pub trait SourceRows {
    /// Returns the rows in order.
    fn rows(&self) -> &[u64];
    /// Returns the words of all rows.
    fn words(&self) -> &[u64];
    /// Returns the generation at which an earlier series of the row ended, or 0.
    fn birth(&self, row: u64) -> u64;
    /// Returns the labels that are left, and the start, of the series at this index.
    fn series(&self, at: usize) -> (Vec<(&'static str, Box<str>)>, SystemTime);
}

impl Merged {
    pub fn new(cell: Cell, keeps_final: bool, can_end: bool) -> Self {
        Merged {
            cell,
            keeps_final,
            can_end,
            series: Vec::new(),
            order: Vec::new(),
            is_changed: false,
            places: HashMap::new(),
            sources: HashMap::new(),
            next: 0,
            reading: 0,
        }
    }

    /// Begins a reading.
    pub fn begin(&mut self) {
        self.reading += 1;
        for series in self.series.iter_mut().flatten() {
            series.words.fill(0);
        }
    }

    /// Adds the series of a registration and group.
    pub fn add(&mut self, instance: u64, group: u32, rows: &impl SourceRows) {
        let mut sources = self.sources.remove(&(instance, group)).unwrap_or_default();
        sources.reading = self.reading;
        let is_same = |(source, row): (&Source, &u64)| source.row == *row && source.birth == rows.birth(*row);
        if sources.list.len() != rows.rows().len() || !sources.list.iter().zip(rows.rows()).all(is_same) {
            self.match_sources(&mut sources, rows);
        }
        let width = self.cell.words();
        for (source, words) in sources.list.iter().zip(rows.words().chunks_exact(width)) {
            if let Some(Some(series)) = self.series.get_mut(source.place) {
                cell::sum(&self.cell, words, &mut series.words);
            }
        }
        if self.can_end {
            sources.words.clear();
            sources.words.extend_from_slice(rows.words());
        }
        self.sources.insert((instance, group), sources);
    }

    /// Makes the sources those of these rows.
    fn match_sources(&mut self, sources: &mut Sources, rows: &impl SourceRows) {
        let old = std::mem::take(&mut sources.list);
        let mut left = old.iter().enumerate().peekable();
        for (at, row) in rows.rows().iter().enumerate() {
            let birth = rows.birth(*row);
            while let Some((at, gone)) = left.next_if(|(_, old)| (old.row, old.birth) < (*row, birth)) {
                self.retire(*gone, sources, at);
            }
            let known = left.next_if(|(_, old)| (old.row, old.birth) == (*row, birth));
            let place = match known {
                Some((_, known)) => known.place,
                None => self.place(rows, at),
            };
            sources.list.push(Source { row: *row, birth, place });
        }
        for (at, gone) in left {
            self.retire(*gone, sources, at);
        }
    }

    /// Returns the place of the merged series of a new source.
    fn place(&mut self, rows: &impl SourceRows, at: usize) -> usize {
        let (labels, start) = rows.series(at);
        let mut key = labels.clone();
        key.sort_unstable();
        let place = match self.places.get(key.as_slice()) {
            Some(place) => *place,
            None => self.new_series(labels.into(), key.into(), start),
        };
        if let Some(Some(series)) = self.series.get_mut(place) {
            series.sources += 1;
            if series.begun == self.reading {
                series.start = series.start.min(start);
            }
        }
        place
    }

    fn new_series(&mut self, labels: Labels, key: Labels, start: SystemTime) -> usize {
        let series = MergedSeries {
            number: self.next,
            labels,
            start,
            words: vec![0; self.cell.words()],
            gone: Vec::new(),
            mark: 0.0,
            key: key.clone(),
            sources: 0,
            begun: self.reading,
        };
        self.next += 1;
        self.is_changed = true;
        let place = self.series.iter().position(Option::is_none).unwrap_or(self.series.len());
        if place == self.series.len() {
            self.series.push(None);
        }
        self.series[place] = Some(series);
        self.places.insert(key, place);
        place
    }

    /// Takes a source away that is gone. `at` is its index among those that had their words read last.
    fn retire(&mut self, source: Source, sources: &Sources, at: usize) {
        let Some(Some(series)) = self.series.get_mut(source.place) else { return };
        series.sources -= 1;
        if !self.keeps_final {
            return;
        }
        debug_assert!(self.can_end, "a source that cannot end is not gone");
        let width = self.cell.words();
        let Some(words) = sources.words.get(at * width..(at + 1) * width) else { return };
        if series.gone.is_empty() {
            series.gone.extend_from_slice(words);
        } else {
            cell::sum(&self.cell, words, &mut series.gone);
        }
    }

    /// Ends a reading: the sums are those of its sources, and of all that are gone.
    pub fn end(&mut self) {
        let reading = self.reading;
        let gone: Vec<_> = self.sources.extract_if(|_, sources| sources.reading != reading).collect();
        for (_, sources) in gone {
            for (at, source) in sources.list.iter().enumerate() {
                self.retire(*source, &sources, at);
            }
        }
        for place in &mut self.series {
            if let Some(gone) = place.take_if(|series| series.sources == 0) {
                self.places.remove(&gone.key);
                self.is_changed = true;
            }
            let Some(series) = place else { continue };
            if !series.gone.is_empty() {
                cell::sum(&self.cell, &series.gone, &mut series.words);
            }
            // A sum of floats depends on the order of its addends, which changes when series come and go.
            if let Some(word) = self.cell.rising_float().and_then(|at| series.words.get_mut(at)) {
                series.mark = series.mark.max(f64::from_bits(*word));
                *word = series.mark.to_bits();
            }
        }
        if std::mem::take(&mut self.is_changed) {
            let all = self.series.iter().enumerate().filter(|(_, series)| series.is_some());
            self.order = all.map(|(place, _)| place).collect();
            self.order.sort_unstable_by_key(|place| self.series[*place].as_ref().map(|series| series.number));
        }
    }

    /// Returns all merged series in the order of their numbers.
    pub fn series(&self) -> impl Iterator<Item = &MergedSeries> {
        self.order.iter().filter_map(|place| self.series.get(*place)?.as_ref())
    }

    /// Returns the number of the merged series that a source is a part of.
    pub fn find(&self, instance: u64, group: u32, row: u64, birth: u64) -> Option<u64> {
        let sources = &self.sources.get(&(instance, group))?.list;
        let at = sources.binary_search_by_key(&row, |source| source.row).ok()?;
        let source = sources.get(at).filter(|source| source.birth == birth)?;
        self.series.get(source.place)?.as_ref().map(|series| series.number)
    }

    /// Returns whether a merged series is there.
    #[cfg(feature = "samples")]
    pub fn has(&self, number: u64) -> bool {
        self.series().any(|series| series.number == number)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Rows with their births, labels and counts.
    struct Rows(Vec<u64>, Vec<u64>, Vec<(u64, &'static str)>);

    impl Rows {
        fn of(all: &[(u64, u64, &'static str, u64)]) -> Self {
            Rows(
                all.iter().map(|(row, ..)| *row).collect(),
                all.iter().map(|(.., words)| *words).collect(),
                all.iter().map(|(_, birth, label, _)| (*birth, *label)).collect(),
            )
        }
    }

    impl SourceRows for Rows {
        fn rows(&self) -> &[u64] {
            &self.0
        }

        fn words(&self) -> &[u64] {
            &self.1
        }

        fn birth(&self, row: u64) -> u64 {
            self.0.iter().position(|own| *own == row).map_or(0, |at| self.2[at].0)
        }

        fn series(&self, at: usize) -> (Vec<(&'static str, Box<str>)>, SystemTime) {
            (vec![("key", self.2[at].1.into())], SystemTime::UNIX_EPOCH)
        }
    }

    /// Reads these rows of two registrations, and returns number, label and sum of each merged series.
    fn read(merged: &mut Merged, rows: &[&[(u64, u64, &'static str, u64)]]) -> Vec<(u64, String, u64)> {
        merged.begin();
        for (instance, rows) in (0..).zip(rows) {
            merged.add(instance, 0, &Rows::of(rows));
        }
        merged.end();
        merged
            .series()
            .map(|series| (series.number, series.labels[0].1.to_string(), series.words[0]))
            .collect()
    }

    fn counter() -> Merged {
        Merged::new(Cell::Count, true, true)
    }

    #[test]
    fn what_is_gone_stays_in_the_sum() {
        let mut merged = counter();
        let a = |n| (0, "a".to_owned(), n);
        assert_eq!(read(&mut merged, &[&[(1, 0, "a", 5), (2, 0, "a", 7)], &[(1, 0, "a", 100)]]), [a(112)]);
        assert_eq!(read(&mut merged, &[&[(2, 0, "a", 8)], &[(1, 0, "a", 100)]]), [a(113)], "a row is gone");
        assert_eq!(read(&mut merged, &[&[(2, 0, "a", 8)]]), [a(113)], "a registration is gone");
        assert_eq!(read(&mut merged, &[&[(1, 3, "a", 1), (2, 0, "a", 8)]]), [a(114)], "a row is another's");
        assert_eq!(read(&mut merged, &[&[(1, 4, "a", 2), (2, 0, "a", 8)]]), [a(116)], "and another's");
        assert_eq!(read(&mut merged, &[&[(1, 4, "a", 2), (2, 0, "a", 8)]]), [a(116)]);
    }

    #[test]
    fn a_merged_series_ends_with_its_last_source_and_begins_from_nothing() {
        let mut merged = counter();
        assert_eq!(read(&mut merged, &[&[(1, 0, "a", 5), (2, 0, "b", 1)]]).len(), 2);
        assert_eq!(read(&mut merged, &[&[(2, 0, "b", 1)]]), [(1, "b".to_owned(), 1)]);
        let again = [(1, "b".to_owned(), 1), (2, "a".to_owned(), 3)];
        assert_eq!(read(&mut merged, &[&[(1, 9, "a", 3), (2, 0, "b", 1)]]), again);
        assert!(read(&mut merged, &[]).is_empty());
        assert!(merged.places.is_empty() && merged.sources.is_empty(), "nothing is left");
    }

    #[test]
    fn what_goes_up_and_down_keeps_nothing() {
        let mut merged = Merged::new(Cell::Delta, false, true);
        read(&mut merged, &[&[(1, 0, "a", 5)], &[(1, 0, "a", 2)]]);
        assert_eq!(read(&mut merged, &[&[(1, 0, "a", 5)]]), [(0, "a".to_owned(), 5)]);
    }

    #[test]
    fn a_sum_of_floats_never_falls_by_its_order() {
        let mut merged = Merged::new(Cell::Split, true, true);
        let bits = |n: f64| [0, n.to_bits()];
        let mut last = 0.0;
        for order in [[0.1, 0.2, 0.3, 0.7], [0.7, 0.3, 0.2, 0.1], [0.3, 0.1, 0.7, 0.2]] {
            merged.begin();
            let words: Vec<u64> = order.into_iter().flat_map(bits).collect();
            let rows = Rows(vec![1, 2, 3, 4], words, vec![(0, "a"); 4]);
            merged.add(0, 0, &rows);
            merged.end();
            let sum = merged.series().next().map_or(0.0, |series| f64::from_bits(series.words[1]));
            assert!(sum >= last && (sum - 1.3).abs() < 1e-9, "{sum} after {last}");
            last = sum;
        }
    }
}
