//! A cache per thread, from a text to its cell: hash, probe, compare the whole text, store.
#![expect(clippy::cast_possible_truncation, reason = "the lower bits of a hash or of a product are meant")]

use super::{WHO, slab};
use crate::opaque;
use crate::row::{Class, Row, each};
use crate::workload::input;
use std::cell::Cell;

pub fn rows() -> Vec<Row> {
    vec![
        Row::new(WHO, "loop and text", Class::Reference, || {
            Ok(|| each(input::paths(), |path| _ = opaque::value(path.len() as u64)))
        }),
        Row::new(WHO, "hash alone", Class::Reference, || {
            Ok(|| each(input::paths(), |path| _ = opaque::value(hash(path.as_bytes()))))
        }),
        Row::new(WHO, "hash cache and store", Class::Limit, || {
            Ok(|| {
                each(input::paths(), |path| {
                    let cell = CACHE.get().unwrap_or_else(first).find(path);
                    slab::with(|slab| slab::add(&slab[slab::TEXT + cell]));
                })
            })
        }),
    ]
}

/// Entries of the cache, and the cells behind it.
const ENTRIES: usize = 256;

#[derive(Clone, Copy)]
struct Entry {
    hash: u64,
    text: &'static str,
    cell: usize,
}

struct Cache {
    entries: [Cell<Option<Entry>>; ENTRIES],
    used: Cell<usize>,
}

thread_local! {
    static CACHE: Cell<Option<&'static Cache>> = const { Cell::new(None) };
}

#[cold]
fn first() -> &'static Cache {
    let cache: &'static Cache =
        Box::leak(Box::new(Cache { entries: [const { Cell::new(None) }; ENTRIES], used: Cell::new(0) }));
    CACHE.set(Some(cache));
    cache
}

impl Cache {
    #[inline]
    fn find(&self, text: &str) -> usize {
        let hash = hash(text.as_bytes());
        let mut place = hash as usize % ENTRIES;
        while let Some(entry) = self.entries[place].get() {
            if entry.hash == hash && entry.text == text {
                return entry.cell % ENTRIES;
            }
            place = (place + 1) % ENTRIES;
        }
        self.insert(place, hash, text)
    }

    #[cold]
    fn insert(&self, place: usize, hash: u64, text: &str) -> usize {
        let cell = self.used.get();
        assert!(cell < ENTRIES / 2, "the reference does not grow");
        self.used.set(cell + 1);
        self.entries[place].set(Some(Entry { hash, text: text.to_owned().leak(), cell }));
        cell
    }
}

/// Two folded multiplications up to 32 bytes, and one more for each 16 that follow; in the manner of wyhash.
#[inline]
fn hash(bytes: &[u8]) -> u64 {
    const KEYS: [u64; 4] =
        [0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB, 0x8EBC_6AF0_9C88_C6E3, 0x5899_65CC_7537_4CC3];
    let length = bytes.len();
    let [low, high] = match length {
        0..=3 => [bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), 0],
        4..=7 => [u64::from(read4(bytes, 0)), u64::from(read4(bytes, length - 4))],
        8..=16 => [read8(bytes, 0), read8(bytes, length - 8)],
        17..=32 => {
            let first = fold(read8(bytes, 0) ^ KEYS[0], read8(bytes, 8) ^ KEYS[1]);
            return first ^ fold(read8(bytes, length - 16) ^ KEYS[2], read8(bytes, length - 8) ^ KEYS[3]);
        }
        _ => {
            let blocks = bytes.chunks_exact(16);
            let sum = blocks.fold(0, |sum, block| fold(sum ^ read8(block, 0), read8(block, 8) ^ KEYS[0]));
            [sum ^ read8(bytes, length - 16), read8(bytes, length - 8)]
        }
    };
    fold(low ^ KEYS[2], high ^ KEYS[3] ^ length as u64)
}

fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    product as u64 ^ (product >> 64) as u64
}

fn read8(bytes: &[u8], from: usize) -> u64 {
    bytes[from..].first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

fn read4(bytes: &[u8], from: usize) -> u32 {
    bytes[from..].first_chunk().map_or(0, |chunk| u32::from_le_bytes(*chunk))
}
