//! The groups of series of a surface, and which of their series exist from the start.

use super::plan::{self, Plan, label_index};
use crate::label::{self, LabelSet};
use crate::schema::{EventSchema, InstrumentLabel, LabelSchema, Schema};

/// All series of one instrument with one set of constant labels. One plan feeds it, or several of one name.
#[derive(Clone, Debug)]
pub struct Group {
    /// The event of the instrument that is declared first.
    pub event: usize,
    /// That instrument.
    pub instrument: usize,
    /// The first group of the same name.
    pub family: u32,
    /// This group is that one.
    pub is_first: bool,
    /// The series that exist from the start, as pairs: rows divided by 64, and a bit for each of those 64.
    declared: Box<[(u64, u64)]>,
    /// The blocks of those series.
    blocks: Box<[u64]>,
}

impl Group {
    /// Returns all groups of a surface in declaration order. `plans` is by event and instrument.
    pub fn all(schema: &'static Schema, plans: &[Box<[Plan]>]) -> Box<[Self]> {
        let mut groups: Vec<Group> = Vec::new();
        for (at, event) in schema.events.iter().enumerate() {
            for (index, instrument) in event.instruments.iter().enumerate() {
                if plan::group_of(schema, at, index) != (at, index) {
                    continue;
                }
                let is_same = |group: &Group| {
                    let first = &schema.events[group.event].instruments[group.instrument];
                    first.name == instrument.name && first.shared && instrument.shared
                };
                let family = groups.iter().position(is_same).unwrap_or(groups.len());
                let declared = declared_rows(event, index);
                groups.push(Group {
                    event: at,
                    instrument: index,
                    #[allow(clippy::cast_possible_truncation, reason = "1024 instruments at the most")]
                    family: family as u32,
                    is_first: family == groups.len(),
                    blocks: blocks_of(&declared, plans[at][index].rows_of_block()),
                    declared,
                });
            }
        }
        groups.into()
    }

    /// Returns the rows whose series exist from the start.
    pub fn declared(&self) -> impl Iterator<Item = u64> {
        let words = self.declared.iter();
        words.flat_map(|(word, bits)| {
            (0..64).filter(move |at| bits >> at & 1 != 0).map(move |at| word * 64 + at)
        })
    }

    /// Returns the blocks with series that exist from the start.
    pub fn declared_blocks(&self) -> &[u64] {
        &self.blocks
    }

    /// Returns a bit for each of the `rows` rows from `first` on, 64 at the most, whose series exists from
    /// the start.
    #[allow(clippy::cast_possible_truncation, reason = "below 64")]
    pub fn declared_in(&self, first: u64, rows: u64) -> u64 {
        if self.declared.is_empty() {
            return 0;
        }
        let word = first / 64;
        let shift = first % 64;
        let found = self.declared.partition_point(|(at, _)| *at < word);
        let bits_at = |word: u64| {
            let mut near = self.declared[found..].iter().take(2);
            near.find(|(at, _)| *at == word).map_or(0, |(_, bits)| *bits)
        };
        let low = bits_at(word) >> shift;
        let high = bits_at(word + 1).checked_shl(64 - shift as u32).unwrap_or_default();
        (low | high) & (u64::MAX >> (64 - rows))
    }
}

/// Returns the group that each instrument of all events feeds.
#[cfg(feature = "samples")]
pub fn groups_of_instruments(schema: &'static Schema, groups: &[Group]) -> Box<[u32]> {
    let events = schema.events.iter().enumerate();
    let instruments = events.flat_map(|(event, of)| (0..of.instruments.len()).map(move |at| (event, at)));
    let fed = instruments.map(|(event, at)| {
        let first = plan::group_of(schema, event, at);
        let group = groups.iter().position(|group| (group.event, group.instrument) == first);
        debug_assert!(group.is_some(), "each instrument feeds a group");
        // Without a group, its samples belong to nobody.
        group.unwrap_or(usize::MAX)
    });
    #[allow(clippy::cast_possible_truncation, reason = "1024 instruments at the most")]
    fed.map(|group| group as u32).collect()
}

/// Returns the rows whose series exist from the start, 64 to a word: each value of a closed label or a range,
/// and the known texts of an open label.
fn declared_rows(event: &EventSchema, instrument: usize) -> Box<[(u64, u64)]> {
    if !event.has_start(instrument) {
        return Box::default();
    }
    let mut rows = vec![0];
    for label in event.instruments[instrument].labels {
        let InstrumentLabel::Param(label) = *label else { continue };
        let label = &event.labels[label];
        // The last label's indexes are next to each other.
        let with =
            |row: u64| declared_indexes(label).map(move |index| row * label_index(label).len() + index);
        rows = rows.into_iter().flat_map(with).collect();
    }
    let mut words: Vec<(u64, u64)> = Vec::new();
    for row in rows {
        match words.last_mut() {
            Some((word, bits)) if *word == row / 64 => *bits |= 1 << (row % 64),
            _ => words.push((row / 64, 1 << (row % 64))),
        }
    }
    words.into()
}

/// Returns the indexes of a label that are known before its first use, in order.
fn declared_indexes(label: &LabelSchema) -> impl Iterator<Item = u64> + use<> {
    let other = label_index(label).other();
    let (values, with_other) = match label.set {
        LabelSet::Closed(_) => (other, false),
        LabelSet::Range { .. } => (other, true),
        LabelSet::Open(domain) => (numbered_texts(domain), false),
    };
    let none = label.none.map(|_| other + 1);
    (0..values).chain(with_other.then_some(other)).chain(none)
}

/// Counts the known texts that have a number of their own: an interner numbers them in this order, from 0.
fn numbered_texts(domain: &label::Domain) -> u64 {
    let is_new = |(at, text): &(usize, &&str)| **text != domain.other && !domain.known[..*at].contains(*text);
    let count = domain.known.iter().enumerate().filter(is_new).count() as u64;
    count.min(u64::from(domain.cap))
}

/// Returns the blocks of `rows_of_block` rows that these rows are in, each once.
fn blocks_of(declared: &[(u64, u64)], rows_of_block: u64) -> Box<[u64]> {
    let rows = declared.iter().flat_map(|(word, bits)| {
        (0..64).filter(move |bit| bits >> bit & 1 != 0).map(move |bit| word * 64 + bit)
    });
    let mut blocks: Vec<u64> = rows.map(|row| row / rows_of_block).collect();
    blocks.dedup();
    blocks.into()
}
