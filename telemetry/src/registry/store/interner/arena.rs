//! Texts in words that any thread may read while others are added.
#![allow(
    clippy::cast_possible_truncation,
    reason = "a header's halves, and positions of 65,535 records of at most 512 words"
)]

use crate::sync::{AtomicU32, AtomicU64, OnceBox, Ordering};
use std::array::from_fn;

/// Texts one after the other, each in a record: its length and number in one word, then its bytes.
///
/// The words are atomic, so that a text is compared without a lock and without `unsafe`; on today's machines
/// a relaxed load is a plain one. The last word holds the text's last eight bytes, some of them for the
/// second time, so that a comparison needs no loop over bytes. 20 bytes of text take 32 bytes here and 4 in
/// `at`.
#[derive(Debug)]
pub struct Arena {
    chunks: Box<[OnceBox<[AtomicU64; CHUNK]>]>,
    /// By number: the position of the text's record, plus 1; 0 without such a text.
    at: Box<[AtomicU32]>,
    /// The position of the next record. Only the holder of the index's lock moves it.
    end: AtomicU32,
}

/// The number of words in a chunk, and the limit of a record. The model checker's threads have small stacks.
const CHUNK: usize = if cfg!(loom) { 64 } else { 512 };

const WORD: usize = size_of::<u64>();

impl Arena {
    pub fn new(cap: u32, max_len: usize) -> Self {
        let cap = cap as usize;
        let record = 1 + max_len.min((CHUNK - 1) * WORD).div_ceil(WORD);
        // Every chunk is full but for less than a record.
        let chunks = (cap + 1).div_ceil(CHUNK / record) + 1;
        Arena {
            chunks: (0..chunks).map(|_| OnceBox::default()).collect(),
            at: (0..=cap).map(|_| AtomicU32::new(0)).collect(),
            end: AtomicU32::new(0),
        }
    }

    /// Adds a text under a number. Returns its position, or `None` if it is longer than a chunk, which no
    /// label's text is.
    pub fn push(&self, text: &[u8], number: u32) -> Option<u32> {
        let len = 1 + text.len().div_ceil(WORD);
        let mut start = self.end.load(Ordering::Relaxed) as usize;
        if start % CHUNK + len > CHUNK {
            start = start.next_multiple_of(CHUNK);
        }
        let chunk = self.chunks.get(start / CHUNK)?.get_or_make(|| from_fn(|_| AtomicU64::new(0)))?;
        let record = chunk.get(start % CHUNK..start % CHUNK + len)?;
        let (header, words) = record.split_first()?;
        header.store(text.len() as u64 | u64::from(number) << 32, Ordering::Relaxed);
        for (word, bytes) in words.iter().zip(text.as_chunks::<WORD>().0) {
            word.store(u64::from_le_bytes(*bytes), Ordering::Relaxed);
        }
        if let Some(word) = words.last() {
            word.store(last(text), Ordering::Relaxed);
        }
        self.end.store((start + len) as u32, Ordering::Relaxed);
        self.at.get(number as usize)?.store(start as u32 + 1, Ordering::Release);
        Some(start as u32)
    }

    /// Returns the number of the text at this position, if it is `text`.
    #[inline(always)]
    pub fn number_if(&self, at: u32, text: &[u8]) -> Option<u32> {
        let (header, words) = self.record(at)?;
        if header as u32 as usize != text.len() {
            return None;
        }
        if let Some((end, whole)) = words.get(..text.len().div_ceil(WORD))?.split_last() {
            for (word, bytes) in whole.iter().zip(text.as_chunks::<WORD>().0) {
                if word.load(Ordering::Relaxed) != u64::from_le_bytes(*bytes) {
                    return None;
                }
            }
            if end.load(Ordering::Relaxed) != last(text) {
                return None;
            }
        }
        Some((header >> 32) as u32)
    }

    #[inline(always)]
    fn record(&self, at: u32) -> Option<(u64, &[AtomicU64])> {
        let chunk = self.chunks.get(at as usize / CHUNK)?.get()?;
        let (header, words) = chunk[at as usize % CHUNK..].split_first()?;
        Some((header.load(Ordering::Relaxed), words))
    }

    fn bytes(&self, number: u32) -> Option<(u32, Vec<u8>)> {
        let at = self.at.get(number as usize)?.load(Ordering::Acquire).checked_sub(1)?;
        let (header, words) = self.record(at)?;
        let len = header as u32 as usize;
        let mut bytes = Vec::with_capacity(len + WORD);
        for word in &words[..len.div_ceil(WORD)] {
            // The last word repeats bytes of the one before.
            bytes.truncate(len.saturating_sub(WORD));
            bytes.extend(word.load(Ordering::Relaxed).to_le_bytes());
        }
        bytes.truncate(len);
        Some((at, bytes))
    }

    /// Returns the text with this number.
    pub fn text(&self, number: u32) -> Option<String> {
        String::from_utf8(self.bytes(number)?.1).ok()
    }

    /// Calls `f` with each text and its position.
    pub fn each(&self, mut f: impl FnMut(u32, &[u8])) {
        for number in 0..self.at.len() as u32 {
            if let Some((at, bytes)) = self.bytes(number) {
                f(at, &bytes);
            }
        }
    }
}

/// Returns the last eight bytes as a word, or all of a shorter text with zeros behind it.
#[inline(always)]
pub fn last(text: &[u8]) -> u64 {
    text.last_chunk().map_or_else(|| short(text), |bytes| u64::from_le_bytes(*bytes))
}

/// Returns less than eight bytes as a word, with zeros behind them.
pub fn short(text: &[u8]) -> u64 {
    text.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}
