//! Positions of texts by hash.
#![allow(clippy::cast_possible_truncation, reason = "an entry's halves")]

/// An open-addressing table of each text's hash and position. Linear probing, at most `EIGHTHS` eighths full.
#[derive(Debug, Default)]
pub struct HashIndex<const EIGHTHS: usize> {
    /// The hash in the upper half, the position plus 1 in the lower; 0 is empty.
    entries: Vec<u64>,
    len: u32,
}

impl<const EIGHTHS: usize> HashIndex<EIGHTHS> {
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Returns the first result of `is` among the texts with this hash.
    #[inline(always)]
    pub fn find<T>(&self, hash: u32, is: impl Fn(u32) -> Option<T>) -> Option<T> {
        let mask = self.entries.len().wrapping_sub(1);
        let mut slot = hash as usize & mask;
        loop {
            let entry = *self.entries.get(slot)?;
            if entry == 0 {
                return None;
            }
            if (entry >> 32) as u32 == hash
                && let Some(found) = is(entry as u32 - 1)
            {
                return Some(found);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Adds a text that is not here.
    pub fn insert(&mut self, hash: u32, at: u32) {
        if self.entries.is_empty() || self.len as usize * 8 > self.entries.len() * EIGHTHS {
            // With 16 slots at the least, one stays empty: a search ends there.
            let larger = vec![0; (self.entries.len() * 2).max(16)];
            for entry in std::mem::replace(&mut self.entries, larger) {
                if entry != 0 {
                    self.put(entry);
                }
            }
        }
        self.put((u64::from(hash) << 32) | (u64::from(at) + 1));
        self.len += 1;
    }

    fn put(&mut self, entry: u64) {
        let mask = self.entries.len() - 1;
        let mut slot = (entry >> 32) as usize & mask;
        while self.entries[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        self.entries[slot] = entry;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_search_ends_however_full_the_table_is() {
        let mut index = HashIndex::<7>::default();
        for at in 0_u32..1_000 {
            assert_eq!(index.find(7, |_| None::<()>), None);
            index.insert(at.wrapping_mul(0x9e37_79b9), at);
            assert_eq!(
                index.find(at.wrapping_mul(0x9e37_79b9), |found| (found == at).then_some(at)),
                Some(at)
            );
        }
    }
}
