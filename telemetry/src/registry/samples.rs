//! Histogram samples on their way to a reader: a bounded ring per thread, which never waits.
//!
//! A histogram's row keeps buckets and a sum; back ends that want the numbers themselves take them here, one
//! reader at a time. A word of each slab says whether anyone does. Without the feature `samples` this module
//! is `samples/off.rs`, and recording is what it was.

use super::cell::{Anyone, Owner, Writer, own};
use super::cells::Cells;
use super::layout::Plan;
use super::local::Local;
use super::registration::{Registration, Threads};
use crate::sync::unless_allocating;
use crate::sync::{AtomicU64, Mutex, OnceBox, Ordering, lock, try_lock, zeros};
use crate::value::Number;

/// Words of a slab that say whether samples are taken.
pub const WORDS: usize = 1;

/// Who takes the samples of a call.
#[derive(Clone, Copy, Debug)]
pub enum Keeper<'a> {
    /// The ring of the calling thread.
    Thread(&'a Local),
    /// The list of calls that have no thread.
    Late(&'a Registration),
    /// Nobody: no histogram can be fed.
    Nobody,
}

/// One sample, by where its series is in its registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The instrument's index among those of all events.
    pub instrument: u64,
    pub row: u64,
    /// Of an `f64`.
    pub bits: u64,
}

const ENTRY: usize = 3;

/// How a reader wants its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many a thread keeps between two readings, a power of two.
    pub capacity: u64,
    /// A sample is kept if a random number is not above this.
    pub keep: u64,
}

/// The samples of one thread, and of those that had its sums before.
#[derive(Debug, Default)]
pub struct Samples {
    ring: OnceBox<Ring>,
    /// Samples that had no place.
    lost: Count,
}

/// What belongs to the registration as a whole.
#[derive(Debug, Default)]
pub struct Shared {
    /// Of the settings; 0 as long as nobody wants samples.
    capacity: Count,
    keep: Count,
    /// Of calls that have no thread, and of threads that have ended.
    late: Mutex<Vec<Entry>>,
    lost: Count,
    /// How many of all that are lost the reader knows of.
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

/// Keeps the number that a histogram has taken, if anyone wants it.
#[inline(always)]
pub fn offer(keeper: Keeper<'_>, slab: &[AtomicU64], plan: &Plan, row: u64, number: Number) {
    if plan.is_histogram()
        && let Some(wanted) = slab.get(plan.samples)
        && wanted.load(Ordering::Relaxed) != 0
    {
        keep(keeper, u64::from(plan.instrument), row, number.as_f64());
    }
}

/// Not inlined, so that a call of which nobody wants a sample pays for a load and a branch alone.
#[inline(never)]
fn keep(keeper: Keeper<'_>, instrument: u64, row: u64, number: f64) {
    let entry = Entry { instrument, row, bits: number.to_bits() };
    match keeper {
        Keeper::Thread(local) => {
            let samples = &local.cells.samples;
            let kept = match samples.ring.get() {
                Some(ring) => ring.push(entry),
                None => first(local).is_some_and(|ring| ring.push(entry)),
            };
            if !kept {
                samples.lost.add::<Owner>(1);
            }
        }
        Keeper::Late(registration) => registration.samples.late(entry),
        Keeper::Nobody => {}
    }
}

/// The thread's ring, at its first sample. Nothing if the call comes from the allocator.
#[cold]
#[inline(never)]
fn first(local: &Local) -> Option<&Ring> {
    let made = unless_allocating(|| {
        let settings = local.registration.upgrade()?.samples.settings()?;
        local.cells.samples.ring.get_or_make(|| Ring::new(settings))
    });
    made.flatten()
}

/// A queue with one writer and one reader, in which nobody waits.
#[derive(Debug)]
pub struct Ring {
    entries: Box<[AtomicU64]>,
    /// How many were ever put in; by the writer.
    written: AtomicU64,
    /// How many were ever taken out; by the reader.
    read: AtomicU64,
    keep: AtomicU64,
    /// Of the writer's random numbers.
    seed: AtomicU64,
}

impl Ring {
    pub fn new(settings: Settings) -> Self {
        // Each ring has its own numbers: the address of its words.
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

    /// Puts one in, or leaves it out on purpose. False if there is no place. Only for the one writer.
    pub fn push(&self, entry: Entry) -> bool {
        if self.is_left_out() {
            return true;
        }
        // The reader's loads of what is overwritten here came before its store. The model checker has no loads
        // that see what comes later, so it does not miss this.
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

    /// By Marsaglia's generator: "Xorshift RNGs", Journal of Statistical Software 8, 2003.
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

    /// Takes out at most so many, oldest first. Only for one reader at a time.
    pub fn drain(&self, room: usize, mut take: impl FnMut(Entry)) -> usize {
        let written = self.written.load(Ordering::Acquire);
        let read = own(&self.read);
        let count = written.wrapping_sub(read).min(room as u64);
        for at in read..read.wrapping_add(count) {
            let [instrument, row, bits] = self.words(at).map(|word| word.load(Ordering::Relaxed));
            take(Entry { instrument, row, bits });
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

impl Shared {
    fn settings(&self) -> Option<Settings> {
        let (capacity, keep) = (self.capacity.get(), self.keep.get());
        (capacity != 0).then_some(Settings { capacity, keep })
    }

    /// Keeps the sample of a call that has no thread, unless that would mean to wait.
    fn late(&self, entry: Entry) {
        let kept = unless_allocating(|| {
            let capacity = self.settings()?.capacity;
            let mut late = try_lock(&self.late)?;
            let has_room = (late.len() as u64) < capacity;
            if has_room {
                late.push(entry);
            }
            has_room.then_some(())
        });
        if kept.flatten().is_none() {
            self.lost.add::<Anyone>(1);
        }
    }

    /// What a thread that ends leaves behind, when its sums are freed. The caller holds the lock of the
    /// threads.
    pub fn fold(&self, samples: &Samples) {
        self.lost.add::<Anyone>(samples.lost.get());
        let Some(ring) = samples.ring.get() else { return };
        let mut late = lock(&self.late);
        let room = usize::try_from(ring.capacity()).unwrap_or_default().saturating_sub(late.len());
        ring.drain(room, |entry| late.push(entry));
        let lost = ring.drain(usize::MAX, |_| {});
        self.lost.add::<Anyone>(lost as u64);
    }

    /// A thread's sums come into use. The caller holds the lock of the door.
    pub fn enter(&self, cells: &Cells, word: usize) {
        set(cells, word, self.settings());
    }
}

fn set(cells: &Cells, word: usize, settings: Option<Settings>) {
    if let Some(word) = cells.slab.get(word) {
        word.store(u64::from(settings.is_some()), Ordering::Relaxed);
    }
    if let (Some(ring), Some(settings)) = (cells.samples.ring.get(), settings) {
        ring.keep.store(settings.keep, Ordering::Relaxed);
    }
}

/// Starts or ends the taking of samples. What was left of an earlier reading is discarded.
pub fn switch(registration: &Registration, settings: Option<Settings>) {
    let shared = &registration.samples;
    let threads = registration.threads_after(|| {
        shared.keep.set(settings.map_or(0, |settings| settings.keep));
        shared.capacity.set(settings.map_or(0, |settings| settings.capacity));
    });
    for cells in of(registration, &threads) {
        set(cells, registration.samples_word(), settings);
        if let Some(ring) = cells.samples.ring.get() {
            ring.drain(usize::MAX, |_| {});
        }
    }
    *lock(&shared.late) = Vec::new();
    *lock(&shared.reported) = lost(registration, &threads);
}

/// Takes at most so many samples. How many were lost since the last time.
pub fn drain(registration: &Registration, mut room: usize, mut take: impl FnMut(Entry)) -> u64 {
    let threads = registration.threads();
    let shared = &registration.samples;
    for cells in of(registration, &threads) {
        if let Some(ring) = cells.samples.ring.get() {
            room -= ring.drain(room, &mut take);
        }
    }
    let mut late = lock(&shared.late);
    let count = late.len().min(room);
    late.drain(..count).for_each(take);
    drop(late);
    let lost = lost(registration, &threads);
    lost.saturating_sub(std::mem::replace(&mut *lock(&shared.reported), lost))
}

fn of<'a>(registration: &'a Registration, threads: &'a Threads) -> impl Iterator<Item = &'a Cells> {
    threads.all().chain([&registration.late])
}

fn lost(registration: &Registration, threads: &Threads) -> u64 {
    let counts = of(registration, threads).map(|cells| cells.samples.lost.get());
    counts.fold(registration.samples.lost.get(), u64::saturating_add)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn entry(row: u64) -> Entry {
        Entry { instrument: 1, row, bits: row }
    }

    #[test]
    fn what_finds_no_place_is_told_and_the_rest_comes_in_order() {
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
