//! Rows of words for an index space that is mostly empty: a page of rows is allocated at its first use.

use super::cell::{Block, Row};
use crate::registry::layout::plan::page_bits;
use crate::sync::{AtomicU64, OnceBox};

/// The number of a node's children.
const FAN: usize = 1 << FAN_BITS;
const FAN_BITS: u32 = 4;

/// A radix tree from row numbers to rows of a fixed number of words.
///
/// Nothing is moved or freed while the tree lives, so a reader needs no lock. A page takes some 100 bytes,
/// unless a row is larger, and a node 256. Finding a row takes one dependent load per factor of 16 in the
/// number of pages.
#[derive(Debug)]
pub struct SparseCells {
    root: Root,
    /// The binary logarithm of the rows in a page.
    page_bits: u32,
    /// The number of words in a row.
    words: usize,
    /// The content of an unused word.
    empty: u64,
}

#[derive(Debug)]
enum Root {
    Page(OnceBox<Page>),
    /// The node, and the shift that turns a page's number into a child's.
    Inner(OnceBox<Node>, u32),
}

#[derive(Debug)]
enum Node {
    /// A node above other nodes.
    Inner([OnceBox<Node>; FAN]),
    /// A node above pages.
    Last([OnceBox<Page>; FAN]),
}

/// Adjacent rows.
#[derive(Debug)]
struct Page {
    /// A bit per row that was used.
    present: AtomicU64,
    words: Box<[AtomicU64]>,
}

impl SparseCells {
    /// Creates a tree for `rows` rows of `words` words, which contain `empty` at first.
    pub fn new(rows: u64, words: usize, empty: u64) -> Self {
        let page_bits = page_bits(words);
        let pages = rows.div_ceil(1 << page_bits);
        let mut root = Root::Page(OnceBox::default());
        let mut bits = 0;
        while bits < u64::BITS && pages > 1 << bits {
            root = Root::Inner(OnceBox::default(), bits);
            bits += FAN_BITS;
        }
        SparseCells { root, page_bits, words, empty }
    }

    /// Returns the number of rows in a page.
    pub fn rows_of_page(&self) -> u64 {
        1 << self.page_bits
    }

    /// Returns the page with this number, if it is allocated.
    pub fn page(&self, number: u64) -> Option<Block<'_>> {
        let page = match &self.root {
            Root::Page(page) => page.get(),
            Root::Inner(root, shift) => {
                let mut node = root.get()?;
                let mut shift = *shift;
                loop {
                    match node {
                        Node::Last(pages) => break pages[child(number, shift)].get(),
                        Node::Inner(children) => node = children[child(number, shift)].get()?,
                    }
                    shift = shift.checked_sub(FAN_BITS)?;
                }
            }
        };
        page.map(|page| Block { words: &page.words, present: Some(&page.present) })
    }

    /// Returns a row, whose page is allocated if need be.
    #[inline]
    pub fn get_or_insert(&self, row: u64) -> Option<Row<'_>> {
        let number = row >> self.page_bits;
        let page = match &self.root {
            Root::Page(page) => page,
            Root::Inner(root, shift) => {
                let mut node = root;
                let mut shift = *shift;
                loop {
                    match node.get_or_make(|| Node::new(shift))? {
                        Node::Last(pages) => break &pages[child(number, shift)],
                        Node::Inner(children) => node = &children[child(number, shift)],
                    }
                    shift = shift.checked_sub(FAN_BITS)?;
                }
            }
        };
        let page = page.get_or_make(|| Page::new((1 << self.page_bits) * self.words, self.empty))?;
        page.row(row & ((1 << self.page_bits) - 1), self.words)
    }

    /// Appends the numbers of all allocated pages, in order.
    pub fn pages(&self, into: &mut Vec<u64>) {
        match &self.root {
            Root::Page(page) => into.extend(page.get().map(|_| 0)),
            Root::Inner(root, _) => root.get().into_iter().for_each(|root| root.pages(0, into)),
        }
    }
}

/// Returns the child that leads to a page, for a node whose level has this shift.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "the lowest bits are meant")]
fn child(page: u64, shift: u32) -> usize {
    (page >> shift) as usize % FAN
}

impl Node {
    fn new(shift: u32) -> Self {
        if shift == 0 {
            Node::Last([const { OnceBox::new() }; FAN])
        } else {
            Node::Inner([const { OnceBox::new() }; FAN])
        }
    }

    /// Appends the numbers of the allocated pages. `number` is the node's own on its level.
    fn pages(&self, number: u64, into: &mut Vec<u64>) {
        let numbers = number * FAN as u64..;
        match self {
            Node::Last(pages) => {
                into.extend(numbers.zip(pages).filter(|(_, page)| page.get().is_some()).map(|(at, _)| at));
            }
            Node::Inner(children) => {
                for (at, child) in numbers.zip(children) {
                    child.get().into_iter().for_each(|node| node.pages(at, into));
                }
            }
        }
    }
}

impl Page {
    fn new(words: usize, empty: u64) -> Self {
        Page { present: AtomicU64::new(0), words: (0..words).map(|_| AtomicU64::new(empty)).collect() }
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
            let tree = SparseCells::new(5_000, words, 0);
            for row in 0..5_000 {
                assert_eq!(tree.get_or_insert(row).unwrap().words.len(), words);
                tree.get_or_insert(row).unwrap().words[words - 1].store(row, Ordering::Relaxed);
            }
            for row in 0..5_000 {
                let block = tree.page(row / tree.rows_of_page()).unwrap();
                let at = (row % tree.rows_of_page()) as usize * words;
                assert_eq!(block.words[at + words - 1].load(Ordering::Relaxed), row);
            }
        }
    }

    #[test]
    fn unused_pages_are_not_allocated() {
        let tree = SparseCells::new(u64::MAX / 2, 1, 0);
        assert!(tree.page(1 << 57).is_none());
        assert!(tree.get_or_insert(1 << 60).is_some());
        assert!(tree.page(0).is_none());
        let mut pages = Vec::new();
        tree.pages(&mut pages);
        assert_eq!(pages, [1 << 57]);
    }
}
