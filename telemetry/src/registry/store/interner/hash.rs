//! Hashes label texts: folded multiplications of 16 bytes at a time under a secret seed, as in wyhash
//! (<https://github.com/wangyi-fudan/wyhash>). Equal hashes cost a comparison and nothing else.
#![allow(clippy::cast_possible_truncation, reason = "a product's halves")]

/// A hash, of which all bits are equally good.
pub type Hash = u64;

const WORD: usize = size_of::<u64>();

const A: u64 = 0x2d35_8dcc_aa6c_78a5;
const B: u64 = 0x8bb8_4b93_962e_acc9;
const C: u64 = 0x4b33_a62e_d433_d4a3;
const D: u64 = 0x4d5a_2da5_1de1_aa47;

/// Hashes a text of at most 32 bytes, given as words: two multiplications that do not wait for each other.
/// The words have nearly all of the length, since they overlap.
#[inline(always)]
pub fn of_words(seed: u64, [a, b, c, d]: [u64; 4]) -> Hash {
    folded(a ^ seed, b ^ B) ^ folded(c ^ seed.rotate_left(32), d ^ D)
}

/// Hashes a longer text, in two halves of 16 bytes at a time that do not wait for each other. The last 32
/// bytes are taken at the end, some of them for the second time.
#[inline(always)]
pub fn of_more_than_32(seed: u64, text: &[u8]) -> Hash {
    debug_assert!(text.len() > 32);
    let mut states = [seed ^ A, seed.rotate_left(32) ^ C];
    for block in text[..text.len() - 1].as_chunks::<32>().0 {
        states = with_block(states, block);
    }
    let [first, second] = text.last_chunk().map_or(states, |end| with_block(states, end));
    folded(first ^ text.len() as u64, second ^ B)
}

#[inline(always)]
fn with_block([first, second]: [u64; 2], block: &[u8; 32]) -> [u64; 2] {
    let [a, b, c, d] = [0, 1, 2, 3].map(|at| word(block, at));
    [folded(a ^ B, b ^ first), folded(c ^ D, d ^ second)]
}

/// Returns one of the words of a block.
#[inline(always)]
fn word(block: &[u8; 32], at: usize) -> u64 {
    let words = block.as_chunks::<WORD>().0;
    words.get(at).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[inline(always)]
pub fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}
