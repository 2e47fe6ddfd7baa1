//! A hash of label text.
#![allow(clippy::cast_possible_truncation, reason = "a product's halves")]

use super::arena::{last, short};

const WORD: usize = size_of::<u64>();

const A: u64 = 0x2d35_8dcc_aa6c_78a5;
const B: u64 = 0x8bb8_4b93_962e_acc9;

/// Hashes label text: folded multiplications of 16 bytes at a time under a secret seed, as in wyhash
/// (<https://github.com/wangyi-fudan/wyhash>). Equal hashes cost a comparison and nothing else.
pub fn hash(seed: u64, text: &[u8]) -> u32 {
    match text.len() {
        0..8 => finished(seed ^ A, [short(text), 0], text.len()),
        8..=32 => of_8_to_32(seed, text),
        _ => {
            let end = text.last_chunk().map_or([0; 2], words);
            finished(blocks(seed ^ A, text), end, text.len())
        }
    }
}

/// Hashes 8 to 32 bytes. The last 16 are taken at the end, some of them for the second time.
fn of_8_to_32(seed: u64, text: &[u8]) -> u32 {
    let mut state = seed ^ A;
    let end = match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(end)) => {
            let [a, b] = words(first);
            state = folded(a ^ B, b ^ state);
            words(end)
        }
        _ => [text.first_chunk().map_or(0, |first| u64::from_le_bytes(*first)), last(text)],
    };
    finished(state, end, text.len())
}

#[inline(always)]
fn finished(state: u64, [a, b]: [u64; 2], len: usize) -> u32 {
    let hash = folded(folded(a ^ B, b ^ state) ^ A, len as u64 ^ B);
    (hash ^ hash >> 32) as u32
}

/// Folds all blocks of a long text, except those that are taken at its end.
fn blocks(state: u64, text: &[u8]) -> u64 {
    let blocks = text[..text.len() - 1].as_chunks::<16>().0;
    blocks.iter().map(words).fold(state, |state, [a, b]| folded(a ^ B, b ^ state))
}

#[inline(always)]
fn words(bytes: &[u8; 16]) -> [u64; 2] {
    let (first, second) = bytes.split_at(WORD);
    [first, second].map(|bytes| bytes.try_into().map_or(0, u64::from_le_bytes))
}

#[inline(always)]
pub fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}
