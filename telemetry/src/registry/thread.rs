//! What a thread has of each registration that it records in, from its first call to its end.

use super::busy::undisturbed;
use super::cells::{Cells, Gauges, Target};
use super::domain::{Cache, Domain};
use super::hot;
use super::primitive::AtomicU64;
use super::registration::Registration;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Weak};

/// One thread's sums and caches in one registration.
#[derive(Debug)]
pub struct Local {
    pub id: u64,
    registration: Weak<Registration>,
    pub cells: Arc<Cells>,
    /// By label that can overflow: its domain, and what this thread knows of it. Labels of one domain share a cache.
    slots: Box<[Option<Slot>]>,
}

#[derive(Clone, Debug)]
struct Slot {
    domain: Arc<Domain>,
    cache: Rc<Cache>,
}

impl Local {
    fn new(registration: &Arc<Registration>, cells: Arc<Cells>) -> Self {
        let mut slots: Vec<Option<Slot>> = Vec::new();
        for domain in &registration.domains {
            let slot = domain.as_ref().map(|domain| {
                let same = slots.iter().flatten().find(|slot| Arc::ptr_eq(&slot.domain, domain));
                same.cloned().unwrap_or_else(|| Slot { domain: domain.clone(), cache: Rc::default() })
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
        Target { slab: &self.cells.slab, trees: &self.cells.trees, gauges }
    }
}

/// What is done with a [`Local`] while it is borrowed. A trait in place of a closure, which nothing can make the
/// compiler inline.
pub trait Visit<R> {
    fn visit(self, local: &Local, slab: &[AtomicU64]) -> R;
}

/// All that a thread has. Its destructor runs when the thread ends, perhaps before those of the user's
/// thread-locals: calls from these find it gone, and add to the late sums.
#[derive(Debug)]
struct Guard {
    /// Boxed, so that a pointer to one stays good while others come and go.
    #[allow(clippy::vec_box, reason = "see above")]
    locals: Vec<Box<Local>>,
}

thread_local! {
    static GUARD: RefCell<Guard> = const { RefCell::new(Guard { locals: Vec::new() }) };
}

impl Drop for Guard {
    fn drop(&mut self) {
        hot::clear();
        for local in self.locals.drain(..) {
            if let Some(registration) = local.registration.upgrade() {
                // If this is the last handle, what is dropped here is ours alone.
                undisturbed(|| registration.leave(&local.cells));
            }
        }
    }
}

/// Runs `f` on what this thread has of the registration, which is made if need be. `None` if that cannot be: the
/// thread is ending, a reader is at work, or the call comes from the allocator.
pub fn attached<R>(registration: &Arc<Registration>, f: impl FnOnce(&Local) -> R) -> Option<R> {
    let known = find(registration.id, hot::put).is_some();
    if !known {
        undisturbed(|| GUARD.try_with(|guard| attach(guard, registration)).ok()?)??;
    }
    find(registration.id, f)
}

/// Runs `f` on what this thread has of the registration with this number.
#[inline]
pub fn find<R>(id: u64, f: impl FnOnce(&Local) -> R) -> Option<R> {
    let find_in = |guard: &RefCell<Guard>| {
        let guard = guard.try_borrow().ok()?;
        let local = guard.locals.iter().find(|local| local.id == id)?;
        Some(f(local))
    };
    GUARD.try_with(find_in).ok()?
}

fn attach(guard: &RefCell<Guard>, registration: &Arc<Registration>) -> Option<()> {
    let cells = registration.enter()?;
    let local = Box::new(Local::new(registration, cells));
    let mut guard = guard.try_borrow_mut().ok()?;
    // Registrations that are gone leave with the next one that comes.
    guard.locals.retain(|local| local.registration.strong_count() > 0);
    hot::put(&local);
    guard.locals.push(local);
    Some(())
}
