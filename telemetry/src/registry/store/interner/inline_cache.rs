//! A thread's shortest way from a text to its number: for the first texts of up to 32 bytes that it used.
#![allow(clippy::cast_possible_truncation, reason = "a length of 32 at the most, and a word's halves")]

use super::arena::last;
use super::hash::folded;
use std::cell::Cell;

/// Places for each text of a small domain, so many that searches are short.
const PLACES_PER_TEXT: usize = 4;

/// The most places that there are: 10 KiB of them.
const PLACES_MAX: usize = 256;

/// The longest text that is here.
const LEN_MAX: usize = 32;

/// Arena whose bytes stand beside their numbers, so that finding one takes a hash of four words and a
/// comparison with four words. An open-addressing table that is at most half full, and in which nothing ever
/// moves: there is nothing that a call from within could disturb.
#[derive(Debug)]
pub struct InlineCache {
    entries: Box<[Entry]>,
    /// How many more find a place.
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
    /// That of a text of 16 to 32 bytes.
    #[inline(always)]
    pub fn of_long(text: &[u8]) -> Option<Self> {
        if !(16..=LEN_MAX).contains(&text.len()) {
            return None;
        }
        let ([a, b], [c, d]) = (halves(text.first_chunk()?), halves(text.last_chunk()?));
        Some(Key { words: [a, b, c, d], len: text.len() as u32 })
    }

    /// That of a text of less than 16 bytes.
    pub fn of_short(text: &[u8]) -> Option<Self> {
        let first = text.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        (text.len() < 16).then(|| Key { words: [first, 0, 0, last(text)], len: text.len() as u32 })
    }

    /// Two multiplications that do not wait for each other. Who chooses the texts does not know the seed.
    #[inline(always)]
    fn place(&self, seed: u64) -> usize {
        let [a, b, c, d] = self.words;
        (folded(a ^ seed, b ^ B) ^ folded(c ^ seed.rotate_left(32), d ^ D)) as usize
    }

    #[inline(always)]
    fn differs(&self, entry: &Entry, tag: u64) -> bool {
        let words = entry.words.iter().zip(self.words);
        let differences = words.fold(0, |differences, (kept, word)| differences | (kept.get() ^ word));
        differences | u64::from(tag as u32 ^ (self.len + 1)) != 0
    }
}

const B: u64 = 0x2d35_8dcc_aa6c_78a5;
const D: u64 = 0x8bb8_4b93_962e_acc9;

#[inline(always)]
fn halves(bytes: &[u8; 16]) -> [u64; 2] {
    let word = u128::from_le_bytes(*bytes);
    [word as u64, (word >> 64) as u64]
}

impl InlineCache {
    /// None yet, for the texts of a domain with this cap.
    pub fn new(cap: u32) -> Self {
        let texts = (cap as usize).clamp(1, PLACES_MAX / PLACES_PER_TEXT);
        let places = (texts * PLACES_PER_TEXT).next_power_of_two();
        InlineCache { entries: (0..places).map(|_| Entry::default()).collect(), left: Cell::new(places / 2) }
    }

    #[inline(always)]
    pub fn find(&self, key: Key, seed: u64) -> Option<u32> {
        let mask = self.entries.len().wrapping_sub(1);
        let mut place = key.place(seed);
        loop {
            let entry = self.entries.get(place & mask)?;
            let tag = entry.tag.get();
            if !key.differs(entry, tag) {
                return Some((tag >> 32) as u32);
            }
            if tag == 0 {
                return None;
            }
            place += 1;
        }
    }

    /// Adds a text that is not here, if there is room.
    pub fn add(&self, key: Key, seed: u64, number: u32) {
        let Some(left) = self.left.get().checked_sub(1) else { return };
        let mask = self.entries.len() - 1;
        let mut place = key.place(seed);
        while self.entries[place & mask].tag.get() != 0 {
            place += 1;
        }
        let entry = &self.entries[place & mask];
        for (kept, word) in entry.words.iter().zip(key.words) {
            kept.set(word);
        }
        entry.tag.set(u64::from(key.len + 1) | u64::from(number) << 32);
        self.left.set(left);
    }
}

#[cfg(all(test, not(loom)))]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn key(text: &[u8]) -> Key {
        Key::of_short(text).or_else(|| Key::of_long(text)).unwrap()
    }

    #[test]
    fn texts_that_differ_in_one_byte_or_in_length_are_told_apart() {
        let inline_cache = InlineCache::new(u32::MAX);
        let mut texts: Vec<Vec<u8>> = Vec::new();
        for len in 0..=LEN_MAX {
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
                assert_eq!(inline_cache.find(key(text), seed), None, "{text:?}");
                inline_cache.add(key(text), seed, number);
                let found = (number < 128).then_some(number);
                assert_eq!(inline_cache.find(key(text), seed), found, "{text:?}");
            }
        }
    }
}
