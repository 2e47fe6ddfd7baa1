//! Histogram samples on their way to a reader: a bounded ring per shard, which never waits.
//!
//! A histogram's row keeps buckets and a sum. A reader that wants the numbers themselves takes them here;
//! only one reader at a time does. A dense word of each shard says whether samples are wanted. Without the
//! feature `samples`, this module is `samples/disabled.rs` and recording costs nothing more.

use super::writer::{Exclusive, Shared, Writer, own};
use crate::registry::layout::plan::Plan;
use crate::sync::{AtomicU64, Mutex, OnceBox, Ordering, lock, try_lock, unless_allocating, zeros};
use std::sync::Arc;

/// A sample, with the position of its series in its registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredSample {
    /// The instrument's index among those of all events, [tagged](tag).
    pub instrument: u64,
    pub row: u64,
    /// The bits of an `f64`.
    pub bits: u64,
}

/// Returns one word for an instrument's index and the generation of removals to which its thread has come.
pub fn tag(instrument: u16, seen: u64) -> u64 {
    u64::from(instrument) | seen << u16::BITS
}

impl StoredSample {
    /// Returns the instrument's index.
    #[allow(clippy::cast_possible_truncation, reason = "the lowest bits are meant")]
    pub fn instrument(&self) -> usize {
        usize::from(self.instrument as u16)
    }

    /// Returns the generation of removals to which its thread had come.
    pub fn seen(&self) -> u64 {
        self.instrument >> u16::BITS
    }
}

const ENTRY: usize = 3;

/// The settings of a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The number of samples that a thread keeps between two readings, a power of two.
    pub capacity: u64,
    /// A sample is kept if a random number is not above this.
    pub keep: u64,
}

/// The samples of one shard: those of its thread, and of the threads that had it before.
#[derive(Debug)]
pub struct Samples {
    ring: OnceBox<Ring>,
    /// Samples that found no room.
    lost: Count,
    shared: Arc<SharedSamples>,
}

/// The samples of a whole registration that are in no ring, and how a reader wants them.
#[derive(Debug, Default)]
pub struct SharedSamples {
    /// From the settings; 0 while nobody wants samples.
    capacity: Count,
    keep: Count,
    /// Samples of calls that have no thread, and of threads that have ended.
    entries: Mutex<Vec<StoredSample>>,
    lost: Count,
    /// The number of lost samples that the reader knows of.
    reported: Mutex<u64>,
}

/// A number that several threads know.
#[derive(Debug)]
struct Count(AtomicU64);

impl Default for Count {
    fn default() -> Self {
        Count(AtomicU64::new(0))
    }
}

impl Count {
    fn add<W: Writer>(&self, n: u64) {
        W::update(&self.0, |count| count.saturating_add(n));
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, n: u64) {
        self.0.store(n, Ordering::Relaxed);
    }
}

/// Returns whether a sample of this plan's histogram is wanted.
#[inline(always)]
pub fn is_wanted(dense: &[AtomicU64], plan: &Plan) -> bool {
    plan.is_histogram() && dense.get(plan.samples).is_some_and(|word| word.load(Ordering::Relaxed) != 0)
}

impl Samples {
    pub fn new(shared: &Arc<SharedSamples>) -> Self {
        Samples { ring: OnceBox::default(), lost: Count::default(), shared: shared.clone() }
    }

    /// Keeps a sample: in the ring of a shard with one writer, in the shared list otherwise.
    pub fn keep<W: Writer>(&self, sample: StoredSample) {
        if !W::IS_EXCLUSIVE {
            return self.shared.keep(sample);
        }
        let kept = match self.ring.get() {
            Some(ring) => ring.push(sample),
            None => self.make_ring().is_some_and(|ring| ring.push(sample)),
        };
        if !kept {
            self.lost.add::<Exclusive>(1);
        }
    }

    /// Makes the ring at the first sample. Returns nothing if the call comes from the allocator.
    #[cold]
    #[inline(never)]
    fn make_ring(&self) -> Option<&Ring> {
        let made = unless_allocating(|| {
            let settings = self.shared.settings()?;
            self.ring.get_or_make(|| Ring::new(settings))
        });
        made.flatten()
    }

    /// Tells a shard that comes into use whether samples are taken, in its dense word `word`. The caller
    /// holds the lock under which shards come in.
    pub fn enter(&self, dense: &[AtomicU64], word: usize) {
        self.apply(dense, word, self.shared.settings());
    }

    fn apply(&self, dense: &[AtomicU64], word: usize, settings: Option<Settings>) {
        debug_assert!(word < dense.len(), "each shard has a word for its samples");
        if let Some(word) = dense.get(word) {
            word.store(u64::from(settings.is_some()), Ordering::Relaxed);
        }
        if let (Some(ring), Some(settings)) = (self.ring.get(), settings) {
            ring.keep.store(settings.keep, Ordering::Relaxed);
        }
    }

    /// Applies new settings, and discards what was left of an earlier reader.
    pub fn switch(&self, dense: &[AtomicU64], word: usize, settings: Option<Settings>) {
        self.apply(dense, word, settings);
        if let Some(ring) = self.ring.get() {
            ring.drain(usize::MAX, |_| {});
        }
    }

    /// Takes at most `room` samples out of the ring. Returns their number.
    pub fn drain(&self, room: usize, take: impl FnMut(StoredSample)) -> usize {
        self.ring.get().map_or(0, |ring| ring.drain(room, take))
    }

    /// Returns how many samples of this shard were ever lost.
    pub fn lost(&self) -> u64 {
        self.lost.get()
    }
}

/// A queue with one writer and one reader, neither of which waits.
#[derive(Debug)]
pub struct Ring {
    entries: Box<[AtomicU64]>,
    /// The number of samples ever put in, by the writer.
    written: AtomicU64,
    /// The number of samples ever taken out, by the reader.
    read: AtomicU64,
    keep: AtomicU64,
    /// The state of the writer's random numbers.
    seed: AtomicU64,
}

impl Ring {
    pub fn new(settings: Settings) -> Self {
        // Each ring has random numbers of its own, from the address of its words.
        let entries = zeros(usize::try_from(settings.capacity).unwrap_or_default() * ENTRY);
        let seed = entries.as_ptr().addr() as u64 | 1;
        Ring {
            entries,
            written: AtomicU64::new(0),
            read: AtomicU64::new(0),
            keep: AtomicU64::new(settings.keep),
            seed: AtomicU64::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        }
    }

    /// Puts a sample in, or leaves it out by the rate. Returns whether there was room. Only for the one
    /// writer.
    pub fn push(&self, entry: StoredSample) -> bool {
        if self.is_left_out() {
            return true;
        }
        // The reader loaded the words that are overwritten here before it stored its position. The model
        // checker lets no load see a later store, so it cannot miss this.
        let read = self.read.load(Ordering::Acquire);
        let written = own(&self.written);
        if written.wrapping_sub(read) >= self.capacity() {
            return false;
        }
        let [instrument, row, bits] = self.words(written);
        instrument.store(entry.instrument, Ordering::Relaxed);
        row.store(entry.row, Ordering::Relaxed);
        bits.store(entry.bits, Ordering::Relaxed);
        self.written.store(written.wrapping_add(1), Ordering::Release);
        true
    }

    /// Decides by Marsaglia's generator: "Xorshift RNGs", Journal of Statistical Software 8, 2003.
    fn is_left_out(&self) -> bool {
        let keep = self.keep.load(Ordering::Relaxed);
        if keep == u64::MAX {
            return false;
        }
        let mut seed = self.seed.load(Ordering::Relaxed);
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        self.seed.store(seed, Ordering::Relaxed);
        seed > keep
    }

    /// Takes out at most `room` samples, oldest first. Only for one reader at a time.
    pub fn drain(&self, room: usize, mut take: impl FnMut(StoredSample)) -> usize {
        let written = self.written.load(Ordering::Acquire);
        let read = own(&self.read);
        let count = written.wrapping_sub(read).min(room as u64);
        for at in read..read.wrapping_add(count) {
            let [instrument, row, bits] = self.words(at).map(|word| word.load(Ordering::Relaxed));
            take(StoredSample { instrument, row, bits });
        }
        self.read.store(read.wrapping_add(count), Ordering::Release);
        usize::try_from(count).unwrap_or(room)
    }

    fn capacity(&self) -> u64 {
        (self.entries.len() / ENTRY) as u64
    }

    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "below the capacity, which is a length")]
    fn words(&self, at: u64) -> [&AtomicU64; ENTRY] {
        let start = (at & (self.capacity() - 1)) as usize * ENTRY;
        [&self.entries[start], &self.entries[start + 1], &self.entries[start + 2]]
    }
}

impl SharedSamples {
    fn settings(&self) -> Option<Settings> {
        let capacity = self.capacity.get();
        (capacity != 0).then(|| Settings { capacity, keep: self.keep.get() })
    }

    /// Changes the settings that shards learn when they come into use.
    pub fn set(&self, settings: Option<Settings>) {
        self.keep.set(settings.map_or(0, |settings| settings.keep));
        self.capacity.set(settings.map_or(0, |settings| settings.capacity));
    }

    /// Keeps a sample that has no ring, unless the thread would have to wait.
    fn keep(&self, sample: StoredSample) {
        let kept = unless_allocating(|| {
            let capacity = self.settings()?.capacity;
            let mut entries = try_lock(&self.entries)?;
            let has_room = (entries.len() as u64) < capacity;
            if has_room {
                entries.push(sample);
            }
            has_room.then_some(())
        });
        if kept.flatten().is_none() {
            self.lost.add::<Shared>(1);
        }
    }

    /// Takes over the samples of a shard that is freed. The caller holds the lock of the shards.
    pub fn fold(&self, samples: &Samples) {
        self.lost.add::<Shared>(samples.lost.get());
        let Some(ring) = samples.ring.get() else { return };
        let mut entries = lock(&self.entries);
        let room = usize::try_from(ring.capacity()).unwrap_or_default().saturating_sub(entries.len());
        ring.drain(room, |sample| entries.push(sample));
        let lost = ring.drain(usize::MAX, |_| {});
        self.lost.add::<Shared>(lost as u64);
    }

    /// Takes at most `room` samples that have no ring.
    pub fn drain(&self, room: usize, take: impl FnMut(StoredSample)) {
        let mut entries = lock(&self.entries);
        let count = entries.len().min(room);
        entries.drain(..count).for_each(take);
    }

    /// Discards the samples and forgets the losses before now. `lost_by_shards` is the number that all shards
    /// lost.
    pub fn reset(&self, lost_by_shards: u64) {
        *lock(&self.entries) = Vec::new();
        *lock(&self.reported) = self.lost.get().saturating_add(lost_by_shards);
    }

    /// Returns how many samples were lost since the last call. `lost_by_shards` is the number that all shards
    /// lost.
    pub fn newly_lost(&self, lost_by_shards: u64) -> u64 {
        let lost = self.lost.get().saturating_add(lost_by_shards);
        lost.saturating_sub(std::mem::replace(&mut *lock(&self.reported), lost))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn entry(row: u64) -> StoredSample {
        StoredSample { instrument: 1, row, bits: row }
    }

    #[test]
    fn lost_samples_are_counted_and_the_others_come_in_order() {
        let ring = Ring::new(Settings { capacity: 4, keep: u64::MAX });
        for lap in 0..3 {
            for row in 0..4 {
                assert!(ring.push(entry(lap * 4 + row)));
            }
            assert!(!ring.push(entry(99)));
            let mut rows = Vec::new();
            assert_eq!(ring.drain(3, |entry| rows.push(entry.row)), 3);
            assert_eq!(ring.drain(3, |entry| rows.push(entry.row)), 1);
            assert_eq!(rows, (lap * 4..lap * 4 + 4).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_share_is_left_out_evenly() {
        let ring = Ring::new(Settings { capacity: 1 << 14, keep: u64::MAX / 4 });
        for row in 0..10_000 {
            assert!(ring.push(entry(row)));
        }
        let mut halves = [0_u64; 2];
        ring.drain(usize::MAX, |entry| halves[usize::from(entry.row >= 5_000)] += 1);
        // Of 5,000 each: 1,250 with a standard deviation of 31.
        assert!(halves.iter().all(|kept| (1_050..1_450).contains(kept)), "{halves:?}");
    }
}
