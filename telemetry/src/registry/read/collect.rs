//! Sums the shards of a registration, series by series.

use crate::registry::layout::group::Group;
use crate::registry::layout::plan::Plan;
use crate::registry::readers::Collection;
use crate::registry::record::registration::{Registration, Shape};
use crate::registry::store::cell;
use crate::registry::store::shard::{Gauges, Shard};
use crate::sync::Ordering;
use std::sync::Arc;

/// Memory that is reused from group to group.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The numbers of the blocks to read.
    blocks: Vec<u64>,
    /// The words of one thread's block.
    words: Vec<u64>,
}

/// One surface, as it was read last.
#[derive(Debug)]
pub struct SurfaceReading {
    pub shape: Arc<Shape>,
    /// In the order of creation.
    pub instances: Vec<InstanceReading>,
}

/// One registration of a surface, as it was read last.
#[derive(Debug)]
pub struct InstanceReading {
    pub registration: Arc<Registration>,
    /// By group of the surface.
    pub groups: Vec<GroupReading>,
}

/// The series of a group that exist.
#[derive(Debug, Default)]
pub struct GroupReading {
    pub rows: Vec<u64>,
    /// The rows' words, one after the other.
    pub words: Vec<u64>,
}

impl InstanceReading {
    pub fn new(registration: Arc<Registration>) -> Self {
        let groups = registration.groups.iter().map(|_| GroupReading::default()).collect();
        InstanceReading { registration, groups }
    }

    /// Returns the number of series.
    pub fn count(&self) -> u64 {
        self.groups.iter().map(|group| group.rows.len() as u64).sum()
    }

    /// Reads all series of the registration.
    pub fn read(&mut self, scratch: &mut Scratch, _: &Collection) {
        let registration = &*self.registration;
        let is_ended = registration.is_ended.load(Ordering::Relaxed);
        let listed = registration.shards.listed();
        for (group, reading) in registration.groups.iter().zip(&mut self.groups) {
            reading.rows.clear();
            reading.words.clear();
            if is_ended && !registration.keeps_final(group) {
                continue;
            }
            let plan = registration.plan(group);
            if plan.is_gauge() {
                reading.read_gauges(plan, &registration.gauges, &mut scratch.blocks);
            } else {
                let all = || listed.threads().chain([&registration.shards.shared]);
                reading.read_sums(registration, group, all, scratch);
            }
        }
    }
}

impl GroupReading {
    fn read_gauges(&mut self, plan: &Plan, gauges: &Gauges, blocks: &mut Vec<u64>) {
        blocks.clear();
        gauges.rows().blocks(plan, blocks);
        for number in blocks {
            let Some(block) = gauges.rows().block(plan, *number) else { continue };
            let first = *number * plan.rows_of_block();
            for (row, words) in (first..).zip(block.words.chunks_exact(plan.cell.words())) {
                if let Some(bits) = cell::last(&plan.cell, words) {
                    self.rows.push(row);
                    self.words.push(bits);
                }
            }
        }
    }

    fn read_sums<'c, I: Iterator<Item = &'c Shard>>(
        &mut self,
        registration: &'c Registration,
        group: &Group,
        all: impl Fn() -> I,
        scratch: &mut Scratch,
    ) {
        let plan = registration.plan(group);
        let Scratch { blocks, words } = scratch;
        blocks.clear();
        for shard in all() {
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
            let mut seen = false;
            for block in all().filter_map(|shard| shard.rows().block(plan, *number)) {
                if seen {
                    words.resize(block.words.len(), 0);
                    cell::read(&plan.cell, block.words, words);
                    cell::sum(&plan.cell, words, &mut self.words[start..]);
                } else {
                    self.words.resize(start + block.words.len(), 0);
                    cell::read(&plan.cell, block.words, &mut self.words[start..]);
                }
                exist |= block.present.map_or(0, |bits| bits.load(Ordering::Relaxed));
                seen = true;
            }
            if seen {
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
