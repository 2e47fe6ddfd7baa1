//! One thread's state in one registration: its shard, and the label texts that it knows.

use super::exemplars::Exemplars;
use super::registration::Registration;
use crate::registry::store::interner::{Interner, InternerCache};
use crate::registry::store::shard::Shard;
use crate::sync::{AtomicU64, Ordering};
use std::rc::Rc;
use std::sync::{Arc, Weak};

/// One thread's shard and caches in one registration.
#[derive(Debug)]
pub struct ThreadState {
    /// The registration's id.
    pub id: u64,
    pub registration: Weak<Registration>,
    pub shard: Arc<Shard>,
    /// Those of the registry, if it has any. The state then has no near entry.
    pub exemplars: Option<Arc<Exemplars>>,
    /// By slot.
    slots: Box<[Option<Slot>]>,
}

/// The interner of a label that can overflow, and this thread's cache of it.
#[derive(Clone, Debug)]
struct Slot {
    interner: Arc<Interner>,
    cache: Rc<InternerCache>,
}

impl ThreadState {
    /// `cache` returns the thread's cache of an interner, which all of its states share.
    pub fn new(
        registration: &Arc<Registration>,
        shard: Arc<Shard>,
        mut cache: impl FnMut(&Arc<Interner>) -> Rc<InternerCache>,
    ) -> Self {
        let slots: Vec<Option<Slot>> = registration
            .interners
            .iter()
            .map(|interner| {
                let interner = interner.as_ref()?;
                let cache = cache(interner);
                if interner.is_reusable() {
                    // An interner of this registration alone, so that the thread begins with it here.
                    cache.begin(shard.seen.load(Ordering::Relaxed));
                }
                Some(Slot { interner: interner.clone(), cache })
            })
            .collect();
        ThreadState {
            id: registration.id,
            registration: Arc::downgrade(registration),
            shard,
            exemplars: registration.exemplars.clone(),
            slots: slots.into(),
        }
    }

    /// Returns the number of a text under the label with this slot; `None` past the cap.
    #[inline(always)]
    pub fn number(&self, slot: usize, text: &[u8]) -> Option<u32> {
        let slot = self.slots.get(slot)?.as_ref()?;
        slot.cache.number(&slot.interner, text)
    }

    /// Forgets the numbers that removals freed, up to the generation `seen`.
    pub fn forget_freed(&self, seen: u64) {
        for slot in self.slots.iter().flatten() {
            slot.cache.forget_freed(&slot.interner, seen);
        }
    }
}

/// An operation on a [`ThreadState`] while it is borrowed, and on its shard's dense words. A trait in place
/// of a closure, which nothing can make the compiler inline.
pub trait Visit<R> {
    /// Does the operation; without a state where it needs none.
    fn visit(self, state: Option<&ThreadState>, dense: &[AtomicU64]) -> Option<R>;
}
