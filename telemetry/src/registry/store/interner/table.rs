//! One thread's table of texts and their numbers.

use super::hash::Hash;
use std::sync::Arc;

/// An open-addressing table of each text's hash, number and bytes, which all threads share. Linear probing,
/// at most three quarters full.
///
/// A text is found by one entry and a comparison of its bytes, whatever its length. 24 bytes an entry.
#[derive(Debug, Default)]
pub struct TextTable {
    entries: Vec<Option<Entry>>,
    len: usize,
}

#[derive(Debug)]
struct Entry {
    text: Arc<str>,
    /// The upper half of it.
    hash: u32,
    number: u32,
}

/// The number of entries of the smallest table.
const ENTRIES_MIN: usize = 16;

impl TextTable {
    /// Returns the number of a text with this hash.
    #[inline(always)]
    pub fn find(&self, hash: Hash, text: &[u8]) -> Option<u32> {
        let hash = upper(hash);
        let mask = self.entries.len().wrapping_sub(1);
        let mut slot = hash as usize & mask;
        loop {
            // One entry at the least is empty: a search ends there.
            let entry = self.entries.get(slot)?.as_ref()?;
            if entry.hash == hash && is_same(entry.text.as_bytes(), text) {
                return Some(entry.number);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Adds a text that is not here. Allocates.
    pub fn insert(&mut self, hash: Hash, text: Arc<str>, number: u32) {
        if (self.len + 1) * 4 > self.entries.len() * 3 {
            let len = (self.entries.len() * 2).max(ENTRIES_MIN);
            self.rebuild(len, |_| true);
        }
        self.put(Entry { text, hash: upper(hash), number });
    }

    /// Keeps the texts whose number `is_kept`. Allocates.
    pub fn retain(&mut self, is_kept: impl Fn(u32) -> bool) {
        self.rebuild(self.entries.len(), is_kept);
    }

    fn rebuild(&mut self, len: usize, is_kept: impl Fn(u32) -> bool) {
        let entries = (0..len).map(|_| None).collect();
        let old = std::mem::replace(&mut self.entries, entries);
        self.len = 0;
        for entry in old.into_iter().flatten().filter(|entry| is_kept(entry.number)) {
            self.put(entry);
        }
    }

    fn put(&mut self, entry: Entry) {
        let mask = self.entries.len() - 1;
        let mut slot = entry.hash as usize & mask;
        while self.entries[slot].is_some() {
            slot = (slot + 1) & mask;
        }
        self.entries[slot] = Some(entry);
        self.len += 1;
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the upper half is meant")]
const fn upper(hash: Hash) -> u32 {
    (hash >> 32) as u32
}

/// Compares two texts. The lengths that most texts have take no call and no loop: two or four vectors, some
/// bytes in two of them.
#[inline(always)]
fn is_same(own: &[u8], text: &[u8]) -> bool {
    if own.len() != text.len() {
        return false;
    }
    match own.len() {
        16..=32 => is_same_at_ends::<16>(own, text),
        33..=64 => is_same_at_ends::<32>(own, text),
        _ => own == text,
    }
}

#[inline(always)]
fn is_same_at_ends<const N: usize>(own: &[u8], text: &[u8]) -> bool {
    own.first_chunk::<N>() == text.first_chunk() && own.last_chunk::<N>() == text.last_chunk()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_search_ends_however_full_the_table_is() {
        let mut table = TextTable::default();
        for number in 0_u32..1_000 {
            let text = number.to_string();
            // Few hashes, so that many texts have the same one.
            let hash = Hash::from(number % 64) << 32;
            assert_eq!(table.find(hash, text.as_bytes()), None);
            table.insert(hash, text.as_str().into(), number);
            assert_eq!(table.find(hash, text.as_bytes()), Some(number));
        }
        table.retain(|number| number % 2 == 0);
        for number in 0_u32..1_000 {
            let found = table.find(Hash::from(number % 64) << 32, number.to_string().as_bytes());
            assert_eq!(found, (number % 2 == 0).then_some(number));
        }
    }
}
