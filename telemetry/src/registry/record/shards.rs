//! All shards of a registration: how threads come in and go out while readers are at work.

use crate::registry::store::samples::SharedSamples;
use crate::registry::store::shard::{Shard, ShardSizes};
use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering, lock, try_lock};
use std::sync::Arc;

/// The shards of all threads, and two for the registration itself.
#[derive(Debug)]
pub struct Shards {
    sizes: ShardSizes,
    /// The dense word of a shard that says whether samples are taken.
    samples_word: usize,
    /// For the sums of threads that have ended, and of calls that have no thread.
    pub shared: Shard,
    /// The greatest sums of floats that a reader has seen.
    pub high_water: Shard,
    /// The samples that are in no thread's ring.
    pub samples: Arc<SharedSamples>,
    /// The generation of the last removal. It changes while the door is locked.
    generation: AtomicU64,
    listed: Mutex<Listed>,
    door: Mutex<Door>,
}

/// The shards that a reader has met, those of ended threads among them.
#[derive(Debug, Default)]
pub struct Listed(Vec<Arc<Shard>>);

/// The door through which threads come in and go out while a reader is at work. Its lock is held for a push
/// or a pop alone. Code that takes both locks takes the one of [`Listed`] first.
#[derive(Debug, Default)]
struct Door {
    /// Shards of ended threads, for new threads: their sums go on, so nothing is added up or cleared.
    free: Vec<Arc<Shard>>,
    /// Shards that are not in the list yet.
    new: Vec<Arc<Shard>>,
}

/// The number of shards of ended threads that are kept for new ones. Those of others are added up and freed.
const FREE_MAX: usize = if cfg!(loom) { 1 } else { 8 };

/// The number of times that a thread tries the door's lock, a microsecond in all.
const DOOR_TRIES: usize = if cfg!(loom) { 1 } else { 100 };

impl Shards {
    pub fn new(sizes: ShardSizes, samples_word: usize) -> Self {
        let samples = Arc::new(SharedSamples::default());
        Shards {
            shared: Shard::new(&sizes, &samples),
            high_water: Shard::new(&sizes, &samples),
            sizes,
            samples_word,
            samples,
            generation: AtomicU64::new(0),
            listed: Mutex::default(),
            door: Mutex::default(),
        }
    }

    /// Returns the dense word of a shard that says whether samples are taken.
    #[cfg(feature = "samples")]
    pub fn samples_word(&self) -> usize {
        self.samples_word
    }

    /// Locks the list of shards, which a reader holds while it adds them up. A thread that comes in after
    /// this is for the next reader.
    pub fn listed(&self) -> MutexGuard<'_, Listed> {
        self.listed_after(|| ())
    }

    /// Locks the list of shards. A thread that is not in the list then knows what `change` does.
    pub fn listed_after(&self, change: impl FnOnce()) -> MutexGuard<'_, Listed> {
        let mut listed = lock(&self.listed);
        self.complete(&mut listed, change);
        listed
    }

    /// Adds the threads that came in since the list was locked. A thread that is not in the list then knows
    /// what `change` does.
    fn complete(&self, listed: &mut Listed, change: impl FnOnce()) {
        let mut door = lock(&self.door);
        change();
        listed.0.append(&mut door.new);
    }

    /// Begins a generation of removals: a thread that is not in the list afterwards has come to it from its
    /// start, and finds what `unmap` leaves.
    pub fn begin_generation(&self, listed: &mut Listed, generation: u64, unmap: impl FnOnce()) {
        self.complete(listed, || {
            unmap();
            self.generation.store(generation, Ordering::Relaxed);
        });
    }

    /// Returns the generation of the last removal.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Returns whether `is` is true of the shards of all threads that may be in a call.
    pub fn all_in_use(&self, listed: &mut Listed, is: impl Fn(&Shard) -> bool) -> bool {
        let mut door = lock(&self.door);
        listed.0.append(&mut door.new);
        // The next thread of a free shard first acknowledges what it missed.
        let is_free = |shard: &Arc<Shard>| door.free.iter().any(|free| Arc::ptr_eq(free, shard));
        listed.0.iter().all(|shard| is(shard) || is_free(shard))
    }

    /// Locks the list of shards if no reader or removal has it.
    pub fn try_listed(&self) -> Option<MutexGuard<'_, Listed>> {
        let mut listed = try_lock(&self.listed)?;
        self.complete(&mut listed, || ());
        Some(listed)
    }

    /// Returns a shard for a new thread, whether or not a reader is at work. Returns `None` if others come in
    /// at the same time: the thread adds to the shared shard this time.
    pub fn enter(&self) -> Option<Arc<Shard>> {
        let mut door = self.open_door()?;
        let shard = match door.free.pop() {
            Some(shard) => shard,
            None => {
                drop(door);
                let shard = Arc::new(Shard::new(&self.sizes, &self.samples));
                door = self.open_door()?;
                shard.seen.store(self.generation.load(Ordering::Relaxed), Ordering::Relaxed);
                door.new.push(shard.clone());
                shard
            }
        };
        // Before the door is closed: whoever changes the settings later finds this shard in the list.
        shard.samples.enter(&shard.dense, self.samples_word);
        Some(shard)
    }

    /// Locks the door if that is possible soon: recording does not wait.
    fn open_door(&self) -> Option<MutexGuard<'_, Door>> {
        (0..DOOR_TRIES).find_map(|_| {
            std::hint::spin_loop();
            try_lock(&self.door)
        })
    }

    /// Takes back the shard of a thread that ends: keeps it for the next thread, or lets `fold` add it up. A
    /// reader sees its sums before and after, in one place.
    pub fn leave(&self, shard: &Arc<Shard>, fold: impl FnOnce(&Shard)) {
        let mut door = lock(&self.door);
        if door.free.len() < FREE_MAX {
            return door.free.push(shard.clone());
        }
        drop(door);
        let mut listed = self.listed();
        if let Some(at) = listed.0.iter().position(|known| Arc::ptr_eq(known, shard)) {
            fold(&listed.0.swap_remove(at));
        }
    }
}

impl Listed {
    /// Returns the shards of all threads, those of ended ones among them.
    pub fn threads(&self) -> impl Iterator<Item = &Shard> {
        self.0.iter().map(|shard| &**shard)
    }
}
