//! Rows of words for an index space that is mostly empty: leaves are allocated when a row of theirs is first
//! used.

use super::cell::{Block, Row};
use super::primitive::{AtomicU64, OnceBox};

/// Children of a node, and at the most the rows of a leaf: as many as a word has bits.
const FAN: u64 = 64;

/// The words that a leaf aims at; a leaf has one row at the least.
const LEAF_WORDS: usize = 64;

/// A radix tree from row numbers to rows of a fixed number of words.
///
/// Nothing is ever moved or freed while the tree lives, so that a reader needs no lock. A leaf takes 512
/// bytes and a node 1 KiB; finding a row takes one dependent load per factor of 64 in the number of leaves.
#[derive(Debug)]
pub struct Tree {
    root: OnceBox<Node>,
    /// Levels of inner nodes above the leaves.
    depth: u32,
    /// Rows of a leaf.
    rows: u64,
    /// Words of a row.
    words: usize,
    /// What a word holds that was never used.
    empty: u64,
}

#[derive(Debug)]
enum Node {
    Inner(Box<[OnceBox<Node>]>),
    Leaf(Leaf),
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
        let per_leaf = (LEAF_WORDS / words.max(1)).max(1) as u64;
        let mut depth = 0;
        let mut reach = per_leaf;
        while reach < rows {
            reach = reach.saturating_mul(FAN);
            depth += 1;
        }
        Tree { root: OnceBox::default(), depth, rows: per_leaf, words, empty }
    }

    /// Rows of a leaf.
    pub fn rows_of_leaf(&self) -> u64 {
        self.rows
    }

    /// The leaf with this number, if it is allocated.
    pub fn leaf(&self, number: u64) -> Option<Block<'_>> {
        let mut node = self.root.get()?;
        let mut level = self.depth;
        loop {
            match node {
                Node::Leaf(leaf) => return Some(Block { words: &leaf.words, present: Some(&leaf.present) }),
                Node::Inner(children) => {
                    level = level.checked_sub(1)?;
                    node = children.get(child(number, level))?.get()?;
                }
            }
        }
    }

    /// The row; its leaf is allocated if need be.
    pub fn get_or_insert(&self, row: u64) -> Option<Row<'_>> {
        let number = row / self.rows;
        let mut place = &self.root;
        let mut level = self.depth;
        loop {
            match place.get_or_make(|| self.node(level))? {
                Node::Leaf(leaf) => return leaf.row(row % self.rows, self.words),
                Node::Inner(children) => {
                    level = level.checked_sub(1)?;
                    place = children.get(child(number, level))?;
                }
            }
        }
    }

    fn node(&self, level: u32) -> Node {
        if level == 0 {
            #[allow(clippy::cast_possible_truncation, reason = "64 at the most")]
            let words = (0..self.rows as usize * self.words).map(|_| AtomicU64::new(self.empty)).collect();
            Node::Leaf(Leaf { present: AtomicU64::new(0), words })
        } else {
            Node::Inner((0..FAN).map(|_| OnceBox::default()).collect())
        }
    }

    /// Appends the numbers of all allocated leaves, in order.
    pub fn leaves(&self, into: &mut Vec<u64>) {
        if let Some(root) = self.root.get() {
            leaves_below(root, 0, into);
        }
    }
}

fn leaves_below(node: &Node, number: u64, into: &mut Vec<u64>) {
    match node {
        Node::Leaf(_) => into.push(number),
        Node::Inner(children) => {
            for (at, child) in (0_u64..).zip(children) {
                if let Some(node) = child.get() {
                    leaves_below(node, number * FAN + at, into);
                }
            }
        }
    }
}

/// Which child of a node at this level leads to the leaf.
#[allow(clippy::cast_possible_truncation, reason = "below 64")]
fn child(leaf: u64, level: u32) -> usize {
    ((leaf >> (6 * level)) % FAN) as usize
}

impl Leaf {
    fn row(&self, row: u64, words: usize) -> Option<Row<'_>> {
        #[allow(clippy::cast_possible_truncation, reason = "below 64")]
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
        assert!(tree.leaf(1 << 54).is_none());
        assert!(tree.get_or_insert(1 << 60).is_some());
        assert!(tree.leaf(0).is_none());
        let mut leaves = Vec::new();
        tree.leaves(&mut leaves);
        assert_eq!(leaves, [1 << 54]);
    }
}
