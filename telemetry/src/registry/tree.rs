//! Rows of words for an index space that is mostly empty: leaves are allocated when a row of theirs is first
//! used.

use super::cell::{Block, Row};
use crate::sync::{AtomicU64, OnceBox};

/// Children of a node.
const FAN: usize = 1 << FAN_BITS;
const FAN_BITS: u32 = 4;

/// The words that a leaf aims at; a leaf has one row at the least.
const LEAF_WORDS: usize = 8;

/// A radix tree from row numbers to rows of a fixed number of words.
///
/// Nothing is ever moved or freed while the tree lives, so that a reader needs no lock. A leaf takes some 100
/// bytes, unless a row is larger, and a node 256; finding a row takes a dependent load per factor of 16 in the
/// number of leaves.
#[derive(Debug)]
pub struct Tree {
    root: Root,
    /// Rows of a leaf: two to the power of this.
    leaf_bits: u32,
    /// Words of a row.
    words: usize,
    /// What a word holds that was never used.
    empty: u64,
}

#[derive(Debug)]
enum Root {
    Leaf(OnceBox<Leaf>),
    /// The node, and how far a leaf's number is shifted to find its child there.
    Inner(OnceBox<Node>, u32),
}

#[derive(Debug)]
enum Node {
    /// Above others.
    Inner([OnceBox<Node>; FAN]),
    /// Above leaves.
    Last([OnceBox<Leaf>; FAN]),
}

/// Adjacent rows.
#[derive(Debug)]
struct Leaf {
    /// A bit per row that was used.
    present: AtomicU64,
    words: Box<[AtomicU64]>,
}

impl Tree {
    /// A tree for `rows` rows of `words` words, which hold `empty` at first.
    pub fn new(rows: u64, words: usize, empty: u64) -> Self {
        let leaf_bits = (LEAF_WORDS / words.max(1)).max(1).ilog2();
        let leaves = rows.div_ceil(1 << leaf_bits);
        let mut root = Root::Leaf(OnceBox::default());
        let mut bits = 0;
        while bits < u64::BITS && leaves > 1 << bits {
            root = Root::Inner(OnceBox::default(), bits);
            bits += FAN_BITS;
        }
        Tree { root, leaf_bits, words, empty }
    }

    /// Rows of a leaf.
    pub fn rows_of_leaf(&self) -> u64 {
        1 << self.leaf_bits
    }

    /// The leaf with this number, if it is allocated.
    pub fn leaf(&self, number: u64) -> Option<Block<'_>> {
        let leaf = match &self.root {
            Root::Leaf(leaf) => leaf.get(),
            Root::Inner(root, shift) => {
                let (mut node, mut shift) = (root.get()?, *shift);
                loop {
                    match node {
                        Node::Last(leaves) => break leaves[child(number, shift)].get(),
                        Node::Inner(children) => node = children[child(number, shift)].get()?,
                    }
                    shift = shift.checked_sub(FAN_BITS)?;
                }
            }
        };
        leaf.map(|leaf| Block { words: &leaf.words, present: Some(&leaf.present) })
    }

    /// The row; its leaf is allocated if need be.
    #[inline]
    pub fn get_or_insert(&self, row: u64) -> Option<Row<'_>> {
        let number = row >> self.leaf_bits;
        let place = match &self.root {
            Root::Leaf(place) => place,
            Root::Inner(root, shift) => {
                let (mut place, mut shift) = (root, *shift);
                loop {
                    match place.get_or_make(|| Node::new(shift))? {
                        Node::Last(leaves) => break &leaves[child(number, shift)],
                        Node::Inner(children) => place = &children[child(number, shift)],
                    }
                    shift = shift.checked_sub(FAN_BITS)?;
                }
            }
        };
        let leaf = place.get_or_make(|| Leaf::new((1 << self.leaf_bits) * self.words, self.empty))?;
        leaf.row(row & ((1 << self.leaf_bits) - 1), self.words)
    }

    /// Appends the numbers of all allocated leaves, in order.
    pub fn leaves(&self, into: &mut Vec<u64>) {
        match &self.root {
            Root::Leaf(leaf) => into.extend(leaf.get().map(|_| 0)),
            Root::Inner(root, _) => root.get().into_iter().for_each(|root| root.leaves(0, into)),
        }
    }
}

/// Which child leads to the leaf, for a node whose level has this shift.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "the lowest bits are meant")]
fn child(leaf: u64, shift: u32) -> usize {
    (leaf >> shift) as usize % FAN
}

impl Node {
    fn new(shift: u32) -> Self {
        if shift == 0 {
            Node::Last([const { OnceBox::new() }; FAN])
        } else {
            Node::Inner([const { OnceBox::new() }; FAN])
        }
    }

    /// `number` is the node's own, among those of its level.
    fn leaves(&self, number: u64, into: &mut Vec<u64>) {
        let numbers = number * FAN as u64..;
        match self {
            Node::Last(leaves) => {
                into.extend(numbers.zip(leaves).filter(|(_, leaf)| leaf.get().is_some()).map(|(at, _)| at));
            }
            Node::Inner(children) => {
                for (at, child) in numbers.zip(children) {
                    child.get().into_iter().for_each(|node| node.leaves(at, into));
                }
            }
        }
    }
}

impl Leaf {
    fn new(words: usize, empty: u64) -> Self {
        Leaf { present: AtomicU64::new(0), words: (0..words).map(|_| AtomicU64::new(empty)).collect() }
    }

    #[inline(always)]
    fn row(&self, row: u64, words: usize) -> Option<Row<'_>> {
        #[allow(clippy::cast_possible_truncation, reason = "below 8")]
        let start = row as usize * words;
        let words = self.words.get(start..start + words)?;
        Some(Row { words, present: Some((&self.present, 1 << row)) })
    }
}

#[cfg(all(test, not(loom)))]
#[allow(clippy::cast_possible_truncation, clippy::unwrap_used, reason = "small; a panic is how a test fails")]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering;

    #[test]
    fn every_row_is_its_own() {
        for words in [1, 2, 16, 200] {
            let tree = Tree::new(5_000, words, 0);
            for row in 0..5_000 {
                assert_eq!(tree.get_or_insert(row).unwrap().words.len(), words);
                tree.get_or_insert(row).unwrap().words[words - 1].store(row, Ordering::Relaxed);
            }
            for row in 0..5_000 {
                let block = tree.leaf(row / tree.rows_of_leaf()).unwrap();
                let at = (row % tree.rows_of_leaf()) as usize * words;
                assert_eq!(block.words[at + words - 1].load(Ordering::Relaxed), row);
            }
        }
    }

    #[test]
    fn what_nobody_used_is_not_allocated() {
        let tree = Tree::new(u64::MAX / 2, 1, 0);
        assert!(tree.leaf(1 << 57).is_none());
        assert!(tree.get_or_insert(1 << 60).is_some());
        assert!(tree.leaf(0).is_none());
        let mut leaves = Vec::new();
        tree.leaves(&mut leaves);
        assert_eq!(leaves, [1 << 57]);
    }
}
