//! What one thread has of one registration: its sums, and the texts that it knows.

use super::cells::{Cells, Gauges, Target};
use super::domain::{Cache, Domain};
use super::registration::Registration;
use super::samples::Keeper;
use crate::sync::AtomicU64;
use std::rc::Rc;
use std::sync::{Arc, Weak};

/// One thread's sums and caches in one registration.
#[derive(Debug)]
pub struct Local {
    pub id: u64,
    pub registration: Weak<Registration>,
    pub cells: Arc<Cells>,
    /// By label that can overflow: its domain, and what this thread knows of it. Labels of one domain share a
    /// cache.
    slots: Box<[Option<Slot>]>,
}

#[derive(Clone, Debug)]
struct Slot {
    domain: Arc<Domain>,
    cache: Rc<Cache>,
}

impl Local {
    pub fn new(registration: &Arc<Registration>, cells: Arc<Cells>) -> Self {
        let mut slots: Vec<Option<Slot>> = Vec::new();
        for domain in &registration.domains {
            let slot = domain.as_ref().map(|domain| {
                let same = slots.iter().flatten().find(|slot| Arc::ptr_eq(&slot.domain, domain));
                same.cloned()
                    .unwrap_or_else(|| Slot { domain: domain.clone(), cache: Rc::new(Cache::new(domain)) })
            });
            slots.push(slot);
        }
        let registration_id = registration.id;
        Local { id: registration_id, registration: Arc::downgrade(registration), cells, slots: slots.into() }
    }

    /// The number of a text under the label with this slot; `None` past the cap.
    #[inline(always)]
    pub fn number(&self, slot: usize, text: &[u8]) -> Option<u32> {
        let slot = self.slots.get(slot)?.as_ref()?;
        slot.cache.number(&slot.domain, text)
    }

    pub fn target<'a>(&'a self, gauges: &'a Gauges) -> Target<'a> {
        let keeper = Keeper::Thread(self);
        Target { slab: &self.cells.slab, trees: &self.cells.trees, gauges, keeper }
    }
}

/// What is done with a [`Local`] while it is borrowed. A trait in place of a closure, which nothing can make
/// the compiler inline.
pub trait Visit<R> {
    fn visit(self, local: &Local, slab: &[AtomicU64]) -> R;
}
