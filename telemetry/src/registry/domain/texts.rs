//! Texts in words that any thread may read while more are added, and an index of them by hash.

use crate::registry::primitive::{AtomicU32, AtomicU64, OnceBox, Ordering, zeros};

/// Texts one after the other, each in a record: its length and number in one word, then its bytes.
///
/// Atomic words, so that a text is compared without a lock and without `unsafe`; on today's machines a relaxed load
/// is a plain one. 20 bytes of text take 32 bytes here and 4 in `at`.
#[derive(Debug)]
pub struct Texts {
    chunks: Box<[OnceBox<Box<[AtomicU64]>>]>,
    /// By number: where the text's record begins, plus 1; 0 if there is no such text yet.
    at: Box<[AtomicU32]>,
    /// Where the next record begins. Only who holds the index's lock moves it.
    end: AtomicU32,
}

/// The words of a chunk. No record is larger: text is at most 256 bytes of UTF-8.
const CHUNK: usize = 512;

const WORD: usize = size_of::<u64>();

impl Texts {
    pub fn new(cap: u32, max_len: usize) -> Self {
        let cap = cap as usize;
        let record = 1 + max_len.min((CHUNK - 1) * WORD).div_ceil(WORD);
        // Every chunk is full but for less than a record.
        let chunks = (cap + 1).div_ceil(CHUNK / record) + 1;
        Texts {
            chunks: (0..chunks).map(|_| OnceBox::default()).collect(),
            at: (0..=cap).map(|_| AtomicU32::new(0)).collect(),
            end: AtomicU32::new(0),
        }
    }

    /// Adds a text under a number; where it stands. `None` if it is longer than a chunk, which no label's text is.
    #[allow(clippy::cast_possible_truncation, reason = "a cap of 65,535 records of at most 512 words")]
    pub fn push(&self, text: &[u8], number: u32) -> Option<u32> {
        let len = 1 + text.len().div_ceil(WORD);
        let mut start = self.end.load(Ordering::Relaxed) as usize;
        if start % CHUNK + len > CHUNK {
            start = start.next_multiple_of(CHUNK);
        }
        let chunk = self.chunks.get(start / CHUNK)?.get_or_make(|| zeros(CHUNK))?;
        let record = chunk.get(start % CHUNK..start % CHUNK + len)?;
        let (header, words) = record.split_first()?;
        header.store(text.len() as u64 | u64::from(number) << 32, Ordering::Relaxed);
        for (word, bytes) in words.iter().zip(text.chunks(WORD)) {
            word.store(padded(bytes), Ordering::Relaxed);
        }
        self.end.store((start + len) as u32, Ordering::Relaxed);
        self.at.get(number as usize)?.store(start as u32 + 1, Ordering::Release);
        Some(start as u32)
    }

    /// Whether the text that stands there is this one.
    #[inline]
    pub fn is(&self, at: u32, text: &[u8]) -> bool {
        let Some((header, words)) = self.record(at) else { return false };
        if header as u32 as usize != text.len() {
            return false;
        }
        let mut whole = text.chunks_exact(WORD);
        let mut words = words.iter();
        for (bytes, word) in whole.by_ref().zip(words.by_ref()) {
            if padded(bytes) != word.load(Ordering::Relaxed) {
                return false;
            }
        }
        let rest = whole.remainder();
        rest.is_empty() || words.next().is_some_and(|word| word.load(Ordering::Relaxed) == padded(rest))
    }

    /// The number of the text that stands there.
    #[inline]
    pub fn number(&self, at: u32) -> u32 {
        self.record(at).map_or(u32::MAX, |(header, _)| (header >> 32) as u32)
    }

    #[inline]
    fn record(&self, at: u32) -> Option<(u64, &[AtomicU64])> {
        let chunk = self.chunks.get(at as usize / CHUNK)?.get()?;
        let (header, words) = chunk.get(at as usize % CHUNK..)?.split_first()?;
        Some((header.load(Ordering::Relaxed), words))
    }

    fn bytes(&self, number: u32) -> Option<(u32, Vec<u8>)> {
        let at = self.at.get(number as usize)?.load(Ordering::Acquire).checked_sub(1)?;
        let (header, words) = self.record(at)?;
        let len = header as u32 as usize;
        let mut bytes = Vec::with_capacity(len + WORD);
        for word in &words[..len.div_ceil(WORD)] {
            bytes.extend(word.load(Ordering::Relaxed).to_le_bytes());
        }
        bytes.truncate(len);
        Some((at, bytes))
    }

    /// The text with this number.
    pub fn text(&self, number: u32) -> Option<String> {
        String::from_utf8(self.bytes(number)?.1).ok()
    }

    /// Each text and where it stands.
    #[allow(clippy::cast_possible_truncation, reason = "a cap is a `u32`")]
    pub fn each(&self, mut f: impl FnMut(u32, &[u8])) {
        for number in 0..self.at.len() as u32 {
            if let Some((at, bytes)) = self.bytes(number) {
                f(at, &bytes);
            }
        }
    }
}

/// Up to eight bytes as a word.
#[inline]
fn padded(bytes: &[u8]) -> u64 {
    if let Ok(bytes) = bytes.try_into() {
        return u64::from_le_bytes(bytes);
    }
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// An open-addressing table: hash and place of each text. Linear probing, at most three quarters full.
#[derive(Debug, Default)]
pub struct Index {
    /// The hash in the upper half, the place plus 1 in the lower; 0 is empty.
    entries: Vec<u64>,
    len: u32,
}

impl Index {
    pub fn len(&self) -> u32 {
        self.len
    }

    /// The place of the text with this hash for which `is` holds.
    #[inline]
    pub fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.entries.len().wrapping_sub(1);
        let mut slot = hash as usize & mask;
        loop {
            let entry = *self.entries.get(slot)?;
            if entry == 0 {
                return None;
            }
            if (entry >> 32) as u32 == hash && is(entry as u32 - 1) {
                return Some(entry as u32 - 1);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Adds a text that is not here.
    pub fn insert(&mut self, hash: u32, at: u32) {
        if self.len as usize * 4 >= self.entries.len() * 3 {
            let larger = vec![0; (self.entries.len() * 2).max(8)];
            for entry in std::mem::replace(&mut self.entries, larger) {
                if entry != 0 {
                    self.place(entry);
                }
            }
        }
        self.place(u64::from(hash) << 32 | u64::from(at) + 1);
        self.len += 1;
    }

    fn place(&mut self, entry: u64) {
        let mask = self.entries.len() - 1;
        let mut slot = (entry >> 32) as usize & mask;
        while self.entries[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        self.entries[slot] = entry;
    }
}

/// A hash of label text: folded multiplications of 16 bytes at a time under a secret seed, as in wyhash
/// (<https://github.com/wangyi-fudan/wyhash>). Equal hashes cost a comparison and nothing else.
#[inline]
pub fn hash(seed: u64, text: &[u8]) -> u32 {
    const A: u64 = 0x2d35_8dcc_aa6c_78a5;
    const B: u64 = 0x8bb8_4b93_962e_acc9;
    let len = text.len();
    let mut state = seed ^ A;
    let (a, b) = match len {
        0..4 => (padded(text), 0),
        4..=8 => (u64::from(half(text, 0)), u64::from(half(text, len - 4))),
        9..=16 => (word(text, 0), word(text, len - 8)),
        _ => {
            let mut at = 0;
            while at + 16 < len {
                state = folded(word(text, at) ^ B, word(text, at + 8) ^ state);
                at += 16;
            }
            (word(text, len - 16), word(text, len - 8))
        }
    };
    let hash = folded(folded(a ^ B, b ^ state) ^ A, len as u64 ^ B);
    (hash ^ hash >> 32) as u32
}

#[inline]
fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// The eight bytes at `at`.
#[inline]
fn word(text: &[u8], at: usize) -> u64 {
    text.get(at..at + 8).map_or(0, padded)
}

/// The four bytes at `at`.
#[inline]
fn half(text: &[u8], at: usize) -> u32 {
    let bytes = text.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    u32::from_le_bytes(bytes.unwrap_or_default())
}
