//! Sums the shards of a registration, series by series.

use super::exemplars::{self, Exemplar};
use crate::registry::layout::group::Group;
use crate::registry::layout::plan::Plan;
use crate::registry::readers::Collection;
use crate::registry::record::observed::{Observation, Observations};
use crate::registry::record::registration::{Registration, Shape};
use crate::registry::store::cell;
use crate::registry::store::interner::Text;
use crate::registry::store::merged::Labels;
use crate::registry::store::removed::{Removed, Void};
use crate::registry::store::shard::{Gauges, Shard};
use crate::sync::Ordering;
use std::sync::Arc;
use std::time::SystemTime;

/// Memory that is reused from group to group.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The numbers of the blocks to read.
    blocks: Vec<u64>,
    /// The words of one thread's block.
    words: Vec<u64>,
    /// By shard: the generation of removals to which its thread had come when the reading began.
    seen: Vec<u64>,
}

/// One surface, as it was read last.
#[derive(Debug)]
pub struct SurfaceReading {
    pub shape: Arc<Shape>,
    /// In the order of creation.
    pub instances: Vec<InstanceReading>,
    /// By group: the series of the family that a view merges. Empty without views.
    pub merged: Vec<Option<MergedReading>>,
}

/// One registration of a surface, as it was read last.
#[derive(Debug)]
pub struct InstanceReading {
    pub registration: Arc<Registration>,
    /// By group of the surface.
    pub groups: Vec<GroupReading>,
    /// The ends of series before this reading, if the surface removes any.
    pub removed: Option<Arc<Removed>>,
    /// By slot: the texts whose numbers are used again, as they were at this reading.
    pub texts: Vec<Vec<Option<Text>>>,
    /// The observed gauges of this reading, if any was set.
    pub observed: Option<Observation>,
}

/// The series of a group that exist.
#[derive(Debug, Default)]
pub struct GroupReading {
    pub rows: Vec<u64>,
    /// The rows' words, one after the other.
    pub words: Vec<u64>,
    /// By row and bucket. Empty in a registry without exemplars.
    pub exemplars: Vec<Exemplar>,
}

/// The merged series of a family, as they were read last.
#[derive(Debug, Default)]
pub struct MergedReading {
    /// The numbers of the series, and their words.
    pub values: GroupReading,
    /// By series.
    pub series: Vec<MergedEntry>,
}

/// The part of a merged series that stays.
#[derive(Debug)]
pub struct MergedEntry {
    pub labels: Labels,
    pub start: SystemTime,
}

impl SurfaceReading {
    pub fn new(shape: Arc<Shape>) -> Self {
        SurfaceReading { shape, instances: Vec::new(), merged: Vec::new() }
    }

    /// Returns the number of series that readers see.
    pub fn exported(&self) -> u64 {
        let merged = self.merged.iter().flatten().map(|merged| merged.values.rows.len() as u64);
        let is_whole = |family: u32| {
            self.shape.view(family).is_none_or(|view| view.merged.is_none() && !view.family.is_off(false))
        };
        let groups =
            self.instances.iter().flat_map(|instance| self.shape.groups.iter().zip(&instance.groups));
        let whole = groups.filter(|(group, _)| is_whole(group.family));
        merged.chain(whole.map(|(_, values)| values.rows.len() as u64)).sum()
    }
}

impl InstanceReading {
    pub fn new(registration: Arc<Registration>) -> Self {
        let groups = registration.groups.iter().map(|_| GroupReading::default()).collect();
        InstanceReading { registration, groups, removed: None, texts: Vec::new(), observed: None }
    }

    /// Returns the number of series.
    pub fn count(&self) -> u64 {
        self.groups.iter().map(|group| group.rows.len() as u64).sum()
    }

    /// Reads all series of the registration.
    pub fn read(&mut self, scratch: &mut Scratch, collection: &Collection, observed: &mut Observations) {
        let registration = &*self.registration;
        let is_ended = registration.is_ended.load(Ordering::Relaxed);
        self.observed = observed.take(registration);
        let mut listed = registration.shards.listed();
        if let Some(removals) = &registration.removals {
            removals.sweep(registration.memory(), &mut listed, |found| {
                collection.is_due(*found.get_or_insert(collection.end()))
            });
            self.removed = Some(removals.removed());
        }
        let mut seen = std::mem::take(&mut scratch.seen);
        seen.clear();
        // Once for all rows: what a thread does after this is for the next reader.
        seen.extend(listed.threads().map(|shard| shard.seen.load(Ordering::Acquire)));
        for (at, (group, reading)) in registration.groups.iter().zip(&mut self.groups).enumerate() {
            reading.rows.clear();
            reading.words.clear();
            reading.exemplars.clear();
            if is_ended && !registration.keeps_final(group) {
                continue;
            }
            let plan = registration.plan(group);
            let mask = Mask { registration, group: at, removed: self.removed.as_deref() };
            if plan.observed {
                if let Some(observed) = &self.observed {
                    observed.read((group.event, group.instrument), &mut reading.rows, &mut reading.words);
                }
            } else if plan.keeps_last() {
                reading.read_gauges(plan, &registration.gauges, mask, &mut scratch.blocks);
            } else {
                let threads = || listed.threads().zip(seen.iter().copied());
                let all = || threads().chain([(&registration.shards.shared, u64::MAX)]);
                if plan.takes_exemplars() && registration.exemplars.is_some() {
                    // Before the sums, which then have the calls of all exemplars.
                    let Scratch { blocks, words, .. } = scratch;
                    let is_behind = |row, seen| mask.behind(row, 1, seen) != 0;
                    exemplars::read(plan, is_behind, all(), blocks, words, &mut reading.exemplars);
                }
                reading.read_sums(group, mask, all, scratch);
            }
        }
        scratch.seen = seen;
        if self.removed.is_some() {
            // After the rows, and before a removal can be: each row's number has its text.
            copy_texts(registration, &mut self.texts);
        }
        drop(listed);
    }

    /// Returns the end of the earlier series of a row, if there was one.
    pub fn void(&self, group: u32, row: u64) -> Option<Void> {
        let removals = self.registration.removals.as_ref()?;
        self.removed.as_ref()?.void(removals.patterns_of(group as usize), row)
    }

    /// Returns the generation at which an earlier series of a row ended, or 0.
    pub fn birth(&self, group: u32, row: u64) -> u64 {
        let at = &self.registration.groups[group as usize];
        if let Some(observed) = self.observed.as_ref().filter(|_| self.registration.plan(at).observed) {
            return observed.birth((at.event, at.instrument), row);
        }
        self.void(group, row).map_or(0, |void| void.generation)
    }

    /// Returns the generation at which a series of a group last ended, or 0.
    pub fn last_end(&self, group: u32) -> u64 {
        if self.registration.plan(&self.registration.groups[group as usize]).observed {
            return self.observed.as_ref().map_or(0, Observation::last_birth);
        }
        let Some((removals, removed)) = self.registration.removals.as_ref().zip(self.removed.as_ref()) else {
            return 0;
        };
        let patterns = removals.patterns_of(group as usize);
        patterns.filter_map(|(pattern, _)| removed.last.get(pattern)).max().copied().unwrap_or_default()
    }
}

/// Copies the texts whose numbers may be used again before the snapshot is read.
fn copy_texts(registration: &Registration, into: &mut Vec<Vec<Option<Text>>>) {
    into.resize_with(registration.interners.len(), Vec::new);
    for (texts, interner) in into.iter_mut().zip(&registration.interners) {
        if let Some(interner) = interner {
            interner.copy_texts(texts);
        }
    }
}

/// The ends of a group's series.
#[derive(Clone, Copy)]
struct Mask<'a> {
    registration: &'a Registration,
    group: usize,
    /// `None` if the surface removes nothing.
    removed: Option<&'a Removed>,
}

impl Mask<'_> {
    /// Returns the last end of a row's series.
    fn void(self, row: u64) -> Option<Void> {
        let removals = self.registration.removals.as_ref()?;
        self.removed?.void(removals.patterns_of(self.group), row)
    }

    /// Returns whether no series of the group has ended.
    fn is_empty(self) -> bool {
        let Some((removals, removed)) = self.registration.removals.as_ref().zip(self.removed) else {
            return true;
        };
        let mut patterns = removals.patterns_of(self.group);
        patterns.all(|(pattern, _)| removed.last.get(pattern).is_none_or(|last| *last == 0))
    }

    /// Returns a bit for each of the rows whose series ended after the generation `seen`.
    fn behind(self, first: u64, rows: usize, seen: u64) -> u64 {
        if self.removed.is_none_or(|removed| seen >= removed.generation) || self.is_empty() {
            return 0;
        }
        let is_behind = |row| self.void(row).is_some_and(|void| void.generation > seen);
        (0..rows).filter(|at| is_behind(first + *at as u64)).fold(0, |bits, at| bits | 1 << at)
    }
}

impl GroupReading {
    fn read_gauges(&mut self, plan: &Plan, gauges: &Gauges, mask: Mask<'_>, blocks: &mut Vec<u64>) {
        let is_quarantined = |row| mask.void(row).is_some_and(|void| void.is_quarantined);
        blocks.clear();
        gauges.rows().blocks(plan, blocks);
        for number in blocks {
            let Some(block) = gauges.rows().block(plan, *number) else { continue };
            let first = *number * plan.rows_of_block();
            for (row, words) in (first..).zip(block.words.chunks_exact(plan.cell.words())) {
                if let Some(last) = cell::last(&plan.cell, words).filter(|_| !is_quarantined(row)) {
                    self.rows.push(row);
                    self.words.extend(last.into_iter().take(plan.cell.read_words()));
                }
            }
        }
    }

    fn read_sums<'c, I: Iterator<Item = (&'c Shard, u64)>>(
        &mut self,
        group: &Group,
        mask: Mask<'_>,
        all: impl Fn() -> I,
        scratch: &mut Scratch,
    ) {
        let registration = mask.registration;
        let plan = registration.plan(group);
        let Scratch { blocks, words, .. } = scratch;
        blocks.clear();
        for (shard, _) in all() {
            shard.rows().blocks(plan, blocks);
        }
        let rows_of_block = plan.rows_of_block();
        blocks.extend(group.declared_blocks());
        blocks.sort_unstable();
        blocks.dedup();
        for number in blocks {
            let start = self.words.len();
            let first = *number * rows_of_block;
            let mut exist = group.declared_in(first, rows_of_block);
            // A series that ended exists when it is used again.
            if exist != 0 {
                exist &= !mask.behind(first, 64, 0);
            }
            let mut is_found = false;
            for (shard, seen) in all() {
                let Some(block) = shard.rows().block(plan, *number) else { continue };
                let width = plan.cell.words();
                let behind = mask.behind(first, block.words.len() / width, seen);
                if is_found {
                    words.resize(block.words.len(), 0);
                    cell::read(&plan.cell, block.words, words);
                    blank(words, width, behind);
                    cell::sum(&plan.cell, words, &mut self.words[start..]);
                } else {
                    self.words.resize(start + block.words.len(), 0);
                    cell::read(&plan.cell, block.words, &mut self.words[start..]);
                    blank(&mut self.words[start..], width, behind);
                }
                exist |= block.present.map_or(0, |bits| bits.load(Ordering::Relaxed)) & !behind;
                is_found = true;
            }
            if is_found {
                self.never_fall(registration, plan, start, *number, first);
            } else {
                // No thread has this page, and its series exist all the same.
                #[allow(clippy::cast_possible_truncation, reason = "64 at the most")]
                self.words.resize(start + rows_of_block as usize * plan.cell.words(), 0);
            }
            self.keep(plan.cell.words(), start, first, exist);
        }
    }

    /// Keeps sums of floats from falling. They depend on the order of their addends, which changes when
    /// threads come and go: they stay where they were rather than fall by a rounding.
    fn never_fall(
        &mut self,
        registration: &Registration,
        plan: &Plan,
        start: usize,
        number: u64,
        first: u64,
    ) {
        let width = plan.cell.words();
        let Some(sum) = plan.cell.rising_float() else { return };
        let marks = registration.shards.high_water.rows();
        let block = marks.row(plan, first).and_then(|_| marks.block(plan, number));
        debug_assert!(block.is_some(), "all shards of a surface have its rows");
        let Some(block) = block else { return };
        for (sums, marks) in self.words[start..].chunks_exact_mut(width).zip(block.words.chunks_exact(width))
        {
            let now = f64::from_bits(sums[sum]);
            let mark = f64::from_bits(marks[sum].load(Ordering::Relaxed));
            if now < mark {
                sums[sum] = mark.to_bits();
            } else if now > mark {
                marks[sum].store(now.to_bits(), Ordering::Relaxed);
            }
        }
    }

    /// Keeps the series that exist, among the words from `start` on, which are a block's sums: the series in
    /// the mask, and those with a number.
    fn keep(&mut self, width: usize, start: usize, first: u64, mut exist: u64) {
        let rows = (self.words.len() - start) / width;
        if rows == 0 {
            return;
        }
        let all = u64::MAX >> (64 - rows);
        if exist & all != all {
            for (at, words) in self.words[start..].chunks_exact(width).enumerate() {
                exist |= u64::from(words.iter().any(|word| *word != 0)) << at;
            }
        }
        if exist & all == all {
            self.rows.extend(first..first + rows as u64);
            return;
        }
        let mut kept = start;
        for at in (0..rows).filter(|at| exist >> at & 1 != 0) {
            self.rows.push(first + at as u64);
            self.words.copy_within(start + at * width..start + (at + 1) * width, kept);
            kept += width;
        }
        self.words.truncate(kept);
    }
}

/// Empties the rows in the mask.
fn blank(words: &mut [u64], width: usize, mask: u64) {
    if mask != 0 {
        let rows = words.chunks_exact_mut(width).enumerate();
        rows.filter(|(at, _)| mask >> at & 1 != 0).for_each(|(_, row)| row.fill(0));
    }
}
