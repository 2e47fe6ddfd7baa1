//! The words of one thread, or those that all threads share: a slab, and trees for what is too large for it.
#![allow(clippy::cast_possible_truncation, reason = "a slab is small")]

use super::cell::{self, Block, Refused, Row, Writer};
use super::layout::{Layout, Place, Plan};
use super::samples::{self, Keeper, Samples};
use super::tree::Tree;
use crate::sync::{AtomicU64, Ordering, zeros};
use crate::value::Number;
use std::sync::Arc;

/// Words for every series of a surface but its gauges.
#[derive(Debug)]
pub struct Cells {
    pub slab: Box<[AtomicU64]>,
    pub trees: Box<[Tree]>,
    pub samples: Samples,
}

/// The last number of every gauge of a surface: one place for all threads. Clones are the same.
#[derive(Clone, Debug)]
pub struct Gauges {
    slab: Arc<[AtomicU64]>,
    trees: Arc<[Tree]>,
}

impl Gauges {
    fn new(sizes: &Sizes, plans: &[Box<[Plan]>]) -> Self {
        let slab = zeros(sizes.slab);
        for plan in plans.iter().flatten().filter(|plan| plan.is_gauge()) {
            if let Place::Slab { start, .. } = plan.place {
                let rows = start..start + plan.rows as usize * plan.cell.words();
                slab[rows].iter().for_each(|word| word.store(plan.cell.empty(), Ordering::Relaxed));
            }
        }
        Gauges { slab: slab.into(), trees: sizes.trees().collect() }
    }

    /// As [`Cells`] has it.
    pub fn blocks(&self, plan: &Plan, into: &mut Vec<u64>) {
        blocks(&self.trees, plan, into);
    }

    /// As [`Cells`] has it.
    pub fn rows_of_block(&self, plan: &Plan) -> u64 {
        rows_of_block(&self.trees, plan)
    }

    /// As [`Cells`] has it.
    pub fn block(&self, plan: &Plan, number: u64) -> Option<Block<'_>> {
        block(&self.slab, &self.trees, plan, number)
    }
}

/// How many words the slab has, and what the trees hold: what is needed to make [`Cells`].
#[derive(Debug, Default)]
pub struct Sizes {
    slab: usize,
    /// Rows, words of a row, and what an unused word holds.
    trees: Vec<(u64, usize, u64)>,
}

impl Sizes {
    /// Those of the sums, which each thread has, and the gauges.
    pub fn of(layout: &Layout, plans: &[Box<[Plan]>]) -> (Sizes, Gauges) {
        let mut sums = Sizes { slab: layout.slab, trees: vec![(0, 0, 0); layout.trees] };
        let mut gauges = Sizes { slab: layout.gauges, trees: vec![(0, 0, 0); layout.gauge_trees] };
        for plan in plans.iter().flatten() {
            if let Place::Tree(tree) = plan.place {
                let sizes = if plan.is_gauge() { &mut gauges } else { &mut sums };
                sizes.trees[tree] = (plan.rows, plan.cell.words(), plan.cell.empty());
            }
        }
        (sums, Gauges::new(&gauges, plans))
    }

    fn trees(&self) -> impl Iterator<Item = Tree> {
        self.trees.iter().map(|(rows, words, empty)| Tree::new(*rows, *words, *empty))
    }
}

/// Rows of a slab's block: as many as a word has bits.
const BLOCK: u64 = 64;

impl Cells {
    pub fn new(sizes: &Sizes) -> Self {
        Cells { slab: zeros(sizes.slab), trees: sizes.trees().collect(), samples: Samples::default() }
    }

    /// Appends the numbers of the blocks that may have a used row, in order: all of a slab, the leaves of a
    /// tree.
    pub fn blocks(&self, plan: &Plan, into: &mut Vec<u64>) {
        blocks(&self.trees, plan, into);
    }

    /// How many rows a block of the store has; its last may have fewer.
    pub fn rows_of_block(&self, plan: &Plan) -> u64 {
        rows_of_block(&self.trees, plan)
    }

    /// The block with this number, if it has a place.
    pub fn block(&self, plan: &Plan, number: u64) -> Option<Block<'_>> {
        block(&self.slab, &self.trees, plan, number)
    }
}

fn blocks(trees: &[Tree], plan: &Plan, into: &mut Vec<u64>) {
    match plan.place {
        Place::Slab { .. } => into.extend(0..plan.rows.div_ceil(BLOCK)),
        Place::Tree(tree) => {
            if let Some(tree) = trees.get(tree) {
                tree.leaves(into);
            }
        }
    }
}

fn rows_of_block(trees: &[Tree], plan: &Plan) -> u64 {
    match plan.place {
        Place::Slab { .. } => BLOCK,
        Place::Tree(tree) => trees.get(tree).map_or(BLOCK, Tree::rows_of_leaf),
    }
}

fn block<'a>(slab: &'a [AtomicU64], trees: &'a [Tree], plan: &Plan, number: u64) -> Option<Block<'a>> {
    match plan.place {
        Place::Slab { start, bits } => {
            let words = plan.cell.words();
            let (rows, first) = (plan.rows as usize, (number * BLOCK) as usize);
            let end = rows.min(first + BLOCK as usize);
            let present = if bits { Some(slab.get(start + rows * words + number as usize)?) } else { None };
            Some(Block { words: slab.get(start + first * words..start + end * words)?, present })
        }
        Place::Tree(tree) => trees.get(tree)?.leaf(number),
    }
}

/// The row; it gets a place if it has none.
#[inline(always)]
pub fn row_in<'a>(slab: &'a [AtomicU64], trees: &'a [Tree], plan: &Plan, row: u64) -> Option<Row<'a>> {
    match plan.place {
        Place::Slab { start, bits } => in_slab(slab, plan, start, bits, row),
        Place::Tree(tree) => trees.get(tree)?.get_or_insert(row),
    }
}

#[inline(always)]
fn in_slab<'a>(slab: &'a [AtomicU64], plan: &Plan, start: usize, bits: bool, row: u64) -> Option<Row<'a>> {
    let words = plan.cell.words();
    let at = start + row as usize * words;
    let present = if bits {
        let marks = start + plan.rows as usize * words;
        Some((slab.get(marks + row as usize / 64)?, 1 << (row % 64)))
    } else {
        None
    };
    Some(Row { words: slab.get(at..at + words)?, present })
}

/// What a call adds to: the sums of the calling thread or those that all share, and the gauges.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    pub slab: &'a [AtomicU64],
    pub trees: &'a [Tree],
    pub gauges: &'a Gauges,
    pub keeper: Keeper<'a>,
}

impl Target<'_> {
    /// Records what one instrument takes of a call, and counts what it refuses; `bucket` is [`cell::bucket`] or
    /// better.
    #[inline(always)]
    pub fn feed<W: Writer>(
        &self,
        plan: &Plan,
        bucket: impl Fn(&[f64], f64) -> usize,
        places: &[u64],
        values: &[Option<Number>],
    ) {
        let Some(number) = plan.number(values) else { return };
        let at = plan.row(places);
        let row = if plan.is_gauge() {
            if plan.overflows(places) {
                return self.refuse::<W>(Refused::LabelOverflow);
            }
            row_in(&self.gauges.slab, &self.gauges.trees, plan, at)
        } else {
            row_in(self.slab, self.trees, plan, at)
        };
        debug_assert!(row.is_some(), "a layout has each row of its plans");
        let Some(row) = row else { return };
        match cell::add::<W>(&plan.cell, bucket, row, number) {
            Ok(()) => samples::offer(self.keeper, self.slab, plan, at, number),
            Err(refused) => self.refuse::<W>(refused),
        }
    }

    /// Counts a refusal.
    #[inline(always)]
    pub fn refuse<W: Writer>(&self, refused: Refused) {
        count::<W>(self.slab, Layout::refused(refused));
    }

    /// Counts a label value that became `other`.
    #[inline(always)]
    pub fn overflow<W: Writer>(&self, slot: usize) {
        count::<W>(self.slab, Layout::overflow(slot));
    }
}

/// Adds one to a word of the slab. Takes what it needs by value, so that its callers keep it in registers.
#[cold]
#[inline(never)]
pub fn count<W: Writer>(slab: &[AtomicU64], word: usize) {
    debug_assert!(word < slab.len(), "who can refuse a number has words that count it");
    if let Some(word) = slab.get(word) {
        W::update(word, |count| count.saturating_add(1));
    }
}
