//! The words of one thread, or those that all threads share: dense rows, and sparse cells for larger groups.
#![allow(clippy::cast_possible_truncation, reason = "dense words are few")]

use super::cell::{Block, Row, Writer};
use super::samples::{Samples, SharedSamples};
use super::sparse::SparseCells;
use crate::registry::layout::plan::{DENSE_BLOCK, Layout, Plan, Storage};
use crate::sync::{AtomicU64, Ordering, zeros};
use std::sync::Arc;

/// The words of every series of a surface but its gauges: a thread's own, or those that threads share.
#[derive(Debug)]
pub struct Shard {
    pub dense: Box<[AtomicU64]>,
    pub sparse: Box<[SparseCells]>,
    pub samples: Samples,
    /// The exemplars of each group, by the index of its first instrument. Empty in a registry without
    /// exemplars.
    pub exemplars: Box<[SparseCells]>,
    /// By dense word that counts a bucket or is a counter: the last collection in which the thread looked for
    /// a trace. Empty in a registry without exemplars.
    pub marks: Box<[AtomicU64]>,
    /// The generation of removals to which the shard's thread has come: rows that were removed later still
    /// have what was there before, and count for nothing.
    pub seen: AtomicU64,
}

/// The last number of every gauge of a surface, shared by all threads. Clones are the same.
#[derive(Clone, Debug)]
pub struct Gauges {
    dense: Arc<[AtomicU64]>,
    sparse: Arc<[SparseCells]>,
}

/// The rows of a shard or of the gauges.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    pub dense: &'a [AtomicU64],
    pub sparse: &'a [SparseCells],
}

/// The number of dense words, and the sparse cells: all that a [`Shard`] is made from.
#[derive(Clone, Debug, Default)]
pub struct ShardSizes {
    dense: usize,
    /// Rows, words of a row, and the content of an unused word.
    sparse: Vec<(u64, usize, u64)>,
    /// Rows, and words of a row.
    exemplars: Vec<(u64, usize)>,
}

impl ShardSizes {
    /// Returns the sizes of a thread's shard, and those of the gauges.
    pub fn of(layout: &Layout, plans: &[Box<[Plan]>]) -> (ShardSizes, ShardSizes) {
        let sizes =
            |dense, sparse| ShardSizes { dense, sparse: vec![(0, 0, 0); sparse], exemplars: Vec::new() };
        let mut sums = sizes(layout.dense, layout.sparse);
        let mut gauges = sizes(layout.dense_gauges, layout.sparse_gauges);
        for plan in plans.iter().flatten() {
            if let Storage::Sparse(at) = plan.storage {
                let sizes = if plan.keeps_last() { &mut gauges } else { &mut sums };
                sizes.sparse[at] = (plan.rows, plan.cell.words(), plan.cell.empty());
            }
        }
        (sums, gauges)
    }

    /// Adds room for the exemplars of all series.
    pub fn with_exemplars(mut self, plans: &[Box<[Plan]>]) -> Self {
        let plans = plans.iter().flatten();
        self.exemplars = plans.map(|plan| (plan.rows, plan.cell.exemplar_words())).collect();
        self
    }

    fn sparse(&self) -> impl Iterator<Item = SparseCells> {
        self.sparse.iter().map(|(rows, words, empty)| SparseCells::new(*rows, *words, *empty))
    }
}

impl Shard {
    pub fn new(sizes: &ShardSizes, samples: &Arc<SharedSamples>) -> Self {
        let samples = Samples::new(samples);
        let sparse = sizes.sparse().collect();
        let exemplars = sizes.exemplars.iter().map(|(rows, words)| SparseCells::new(*rows, *words, 0));
        Shard {
            dense: zeros(sizes.dense),
            sparse,
            samples,
            exemplars: exemplars.collect(),
            marks: zeros(if sizes.exemplars.is_empty() { 0 } else { sizes.dense }),
            seen: AtomicU64::new(0),
        }
    }

    pub fn rows(&self) -> Rows<'_> {
        Rows { dense: &self.dense, sparse: &self.sparse }
    }
}

impl Gauges {
    /// Creates no gauges: there is no row for any number.
    pub fn none() -> Self {
        Gauges { dense: Arc::new([]), sparse: Arc::new([]) }
    }

    pub fn new(sizes: &ShardSizes, plans: &[Box<[Plan]>]) -> Self {
        let dense = zeros(sizes.dense);
        for plan in plans.iter().flatten().filter(|plan| plan.keeps_last()) {
            if let Storage::Dense { start, .. } = plan.storage {
                let words = start..start + plan.rows as usize * plan.cell.words();
                dense[words].iter().for_each(|word| word.store(plan.cell.empty(), Ordering::Relaxed));
            }
        }
        Gauges { dense: dense.into(), sparse: sizes.sparse().collect() }
    }

    #[inline(always)]
    pub fn rows(&self) -> Rows<'_> {
        Rows { dense: &self.dense, sparse: &self.sparse }
    }
}

impl<'a> Rows<'a> {
    /// Returns a row; sparse cells allocate its page if need be.
    #[inline(always)]
    pub fn row(self, plan: &Plan, row: u64) -> Option<Row<'a>> {
        let (start, bits) = match plan.storage {
            Storage::Dense { start, bits } => (start, bits),
            Storage::Sparse(at) => return self.sparse.get(at)?.get_or_insert(row),
            Storage::Observed => return None,
        };
        let words = plan.cell.words();
        let at = start + row as usize * words;
        let present = if bits {
            let marks = start + plan.rows as usize * words;
            Some((self.dense.get(marks + row as usize / 64)?, 1 << (row % 64)))
        } else {
            None
        };
        Some(Row { words: self.dense.get(at..at + words)?, present })
    }

    /// Returns a row, unless sparse cells do not have its page.
    pub fn existing_row(self, plan: &Plan, row: u64) -> Option<Row<'a>> {
        let rows = plan.rows_of_block();
        self.block(plan, row / rows)?.row((row % rows) as usize, plan.cell.words())
    }

    /// Appends the numbers of the blocks that may have a used row, in order: all of dense rows, the allocated
    /// pages of sparse cells.
    pub fn blocks(self, plan: &Plan, into: &mut Vec<u64>) {
        match plan.storage {
            Storage::Dense { .. } => into.extend(0..plan.rows.div_ceil(DENSE_BLOCK)),
            Storage::Sparse(at) => {
                if let Some(cells) = self.sparse.get(at) {
                    cells.pages(into);
                }
            }
            Storage::Observed => {}
        }
    }

    /// Returns the block with this number, if it is allocated.
    pub fn block(self, plan: &Plan, number: u64) -> Option<Block<'a>> {
        let (start, bits) = match plan.storage {
            Storage::Dense { start, bits } => (start, bits),
            Storage::Sparse(at) => return self.sparse.get(at)?.page(number),
            Storage::Observed => return None,
        };
        let words = plan.cell.words();
        let rows = plan.rows as usize;
        let first = (number * DENSE_BLOCK) as usize;
        let end = rows.min(first + DENSE_BLOCK as usize);
        let present = if bits { Some(self.dense.get(start + rows * words + number as usize)?) } else { None };
        Some(Block { words: self.dense.get(start + first * words..start + end * words)?, present })
    }
}

/// Adds one to a dense word. Takes what it needs by value, so that its callers keep it in registers.
#[cold]
#[inline(never)]
pub fn count<W: Writer>(dense: &[AtomicU64], word: usize) {
    debug_assert!(word < dense.len(), "whoever can reject a number has words that count it");
    if let Some(word) = dense.get(word) {
        W::update(word, |count| count.saturating_add(1));
    }
}
