//! A thread's shortest way from a text to its number, for the first texts of up to 32 bytes that it used.
#![allow(clippy::cast_possible_truncation, reason = "a length of 32 at the most, and a word's halves")]

use super::hash::{self, Hash};
use std::cell::Cell;

/// The number of slots for each text of a small domain: searches are short.
const SLOTS_PER_TEXT: usize = 4;

/// The limit of slots: 10 KiB of them.
const SLOTS_MAX: usize = 256;

/// The length of the longest text in the cache.
pub const INLINED_MAX: usize = 32;

/// Texts with their bytes next to their numbers, so that finding one takes a hash of four words and a
/// comparison with four words. It is an open-addressing table, at most half full, in which nothing moves: a
/// call from within has nothing to disturb.
#[derive(Debug)]
pub struct InlineCache {
    entries: Box<[Entry]>,
    /// The number of texts for which there is room.
    left: Cell<usize>,
}

#[derive(Debug, Default)]
struct Entry {
    words: [Cell<u64>; 4],
    /// The length plus 1 in the lower half, the number in the upper; 0 is empty.
    tag: Cell<u64>,
}

/// A text as words: all of its bytes, some of them twice, and its length.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    words: [u64; 4],
    len: u32,
}

impl Key {
    /// Returns the key of a text; `None` if it is too long.
    pub fn of(text: &[u8]) -> Option<Self> {
        Self::of_16_to_32(text).or_else(|| Self::of_less_than_16(text))
    }

    /// Returns the key of a text of 16 to 32 bytes.
    #[inline(always)]
    pub fn of_16_to_32(text: &[u8]) -> Option<Self> {
        if !(16..=INLINED_MAX).contains(&text.len()) {
            return None;
        }
        let ([a, b], [c, d]) = (halves(text.first_chunk()?), halves(text.last_chunk()?));
        Some(Key { words: [a, b, c, d], len: text.len() as u32 })
    }

    /// Returns the key of a text of less than 16 bytes.
    #[inline(always)]
    pub fn of_less_than_16(text: &[u8]) -> Option<Self> {
        let first = text.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        (text.len() < 16).then(|| Key { words: [first, 0, 0, last(text)], len: text.len() as u32 })
    }

    /// Hashes the text. Whoever chooses the texts does not know the seed.
    #[inline(always)]
    pub fn hash(&self, seed: u64) -> Hash {
        hash::of_words(seed, self.words)
    }

    #[inline(always)]
    fn differs(&self, entry: &Entry, tag: u64) -> bool {
        let words = entry.words.iter().zip(self.words);
        let differences = words.fold(0, |differences, (kept, word)| differences | (kept.get() ^ word));
        differences | u64::from(tag as u32 ^ (self.len + 1)) != 0
    }
}

/// Returns the last eight bytes as a word, or all of a shorter text with zeros behind it.
#[inline(always)]
fn last(text: &[u8]) -> u64 {
    text.last_chunk().map_or_else(|| short(text), |bytes| u64::from_le_bytes(*bytes))
}

/// Returns less than eight bytes as a word, with zeros behind them.
fn short(text: &[u8]) -> u64 {
    text.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

#[inline(always)]
fn halves(bytes: &[u8; 16]) -> [u64; 2] {
    let word = u128::from_le_bytes(*bytes);
    [word as u64, (word >> 64) as u64]
}

impl InlineCache {
    /// Creates an empty cache for a domain with this cap.
    pub fn new(cap: u32) -> Self {
        let texts = (cap as usize).clamp(1, SLOTS_MAX / SLOTS_PER_TEXT);
        let slots = (texts * SLOTS_PER_TEXT).next_power_of_two();
        let entries: Box<[Entry]> = (0..slots).map(|_| Entry::default()).collect();
        InlineCache { left: Cell::new(room(&entries)), entries }
    }

    /// Returns whether a text can be added.
    pub fn has_room(&self) -> bool {
        self.left.get() > 0
    }

    #[inline(always)]
    pub fn find(&self, key: Key, hash: Hash) -> Option<u32> {
        let mask = self.entries.len().wrapping_sub(1);
        let mut slot = hash as usize;
        loop {
            let entry = self.entries.get(slot & mask)?;
            let tag = entry.tag.get();
            if !key.differs(entry, tag) {
                return Some((tag >> 32) as u32);
            }
            if tag == 0 {
                return None;
            }
            slot += 1;
        }
    }

    /// Adds a text that is not here, if there is room.
    pub fn add(&self, key: Key, hash: Hash, number: u32) {
        let Some(left) = self.left.get().checked_sub(1) else { return };
        let mask = self.entries.len() - 1;
        let mut slot = hash as usize;
        while self.entries[slot & mask].tag.get() != 0 {
            slot += 1;
        }
        let entry = &self.entries[slot & mask];
        for (kept, word) in entry.words.iter().zip(key.words) {
            kept.set(word);
        }
        entry.tag.set(u64::from(key.len + 1) | u64::from(number) << 32);
        self.left.set(left);
    }

    /// Keeps the texts whose number `is_kept`. Allocates.
    pub fn retain(&self, seed: u64, is_kept: impl Fn(u32) -> bool) {
        let mut kept = Vec::new();
        for entry in &self.entries {
            let tag = entry.tag.replace(0);
            let words = [0, 1, 2, 3].map(|at: usize| entry.words[at].take());
            if tag != 0 && is_kept((tag >> 32) as u32) {
                kept.push((Key { words, len: tag as u32 - 1 }, (tag >> 32) as u32));
            }
        }
        self.left.set(room(&self.entries));
        for (key, number) in kept {
            self.add(key, key.hash(seed), number);
        }
    }
}

/// Returns the number of texts for which these slots have room: few, so that a search for another text is
/// short.
fn room(entries: &[Entry]) -> usize {
    entries.len() / SLOTS_PER_TEXT + 1
}

#[cfg(all(test, not(loom)))]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn key(text: &[u8]) -> Key {
        Key::of(text).unwrap()
    }

    fn find(cache: &InlineCache, text: &[u8], seed: u64) -> Option<u32> {
        cache.find(key(text), key(text).hash(seed))
    }

    fn add(cache: &InlineCache, text: &[u8], seed: u64, number: u32) {
        assert_eq!(cache.has_room(), number < 65);
        cache.add(key(text), key(text).hash(seed), number);
    }

    #[test]
    fn texts_that_are_not_kept_make_room() {
        let inline_cache = InlineCache::new(64);
        let texts: Vec<String> = (0..200).map(|n| format!("{n:0>16}")).collect();
        let add_all = || {
            for (number, text) in (0_u32..).zip(&texts) {
                if find(&inline_cache, text.as_bytes(), 5).is_none() {
                    add(&inline_cache, text.as_bytes(), 5, number);
                }
            }
        };
        let found = || texts.iter().filter_map(|text| find(&inline_cache, text.as_bytes(), 5));
        add_all();
        inline_cache.retain(5, |number| number % 2 == 0);
        assert_eq!(found().collect::<Vec<_>>(), (0..65).step_by(2).collect::<Vec<_>>());
        add_all();
        assert_eq!(found().collect::<Vec<_>>(), (0..65).collect::<Vec<_>>());
    }

    #[test]
    fn texts_that_differ_in_one_byte_or_in_length_are_told_apart() {
        let inline_cache = InlineCache::new(u32::MAX);
        let mut texts: Vec<Vec<u8>> = Vec::new();
        for len in 0..=INLINED_MAX {
            let text = vec![0; len];
            let changed = (0..len).step_by(7).map(|at| {
                let mut text = text.clone();
                text[at] = 1;
                text
            });
            texts.extend(changed.chain([text.clone()]));
        }
        for seed in [0, 1, u64::MAX] {
            let inline_cache = if seed == 0 { &inline_cache } else { &InlineCache::new(64) };
            for (number, text) in (0_u32..).zip(&texts) {
                assert_eq!(find(inline_cache, text, seed), None, "{text:?}");
                add(inline_cache, text, seed, number);
                let found = (number < 65).then_some(number);
                assert_eq!(find(inline_cache, text, seed), found, "{text:?}");
            }
        }
    }
}
