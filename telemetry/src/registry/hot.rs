//! The way from a handle to its thread's sums in a few instructions: the one file with `unsafe` in it.
//!
//! A thread-local without a destructor is a plain address; asking whether one with a destructor is alive takes as long
//! as all else of a call. So the pointers stand here, and [`super::thread`]'s guard, which has a destructor, owns what
//! they point to and clears them before it goes.

use super::primitive::AtomicU64;
use super::registration::Registration;
use super::thread::Local;
use std::cell::Cell;
use std::ptr;

/// A power of two. Registrations whose numbers differ by a multiple of it, used in turns by one thread, push
/// each other out; their calls take the slow path then.
const ENTRIES: usize = 16;

struct Entry {
    /// The registration, or 0.
    id: Cell<u64>,
    /// The slab of `local`, where most calls end.
    slab: Cell<*const [AtomicU64]>,
    local: Cell<*const Local>,
}

impl Entry {
    const EMPTY: Entry = Entry { id: Cell::new(0), slab: Cell::new(&[]), local: Cell::new(ptr::null()) };
}

thread_local! {
    static ENTRIES_OF_THREAD: [Entry; ENTRIES] = const {
        [const { Entry::EMPTY }; ENTRIES]
    };
}

#[allow(clippy::cast_possible_truncation, reason = "the lowest bits are meant")]
const fn entry_of(id: u64) -> usize {
    id as usize % ENTRIES
}

/// Runs `f` on what this thread has of the registration, and on its slab; `None` if it has nothing, or no pointer to it.
///
/// `id` is the registration's own; the caller has it at hand.
#[inline(always)]
#[allow(unsafe_code, reason = "see SAFETY")]
pub fn with<R>(registration: &Registration, id: u64, f: impl FnOnce(&Local, &[AtomicU64]) -> R) -> Option<R> {
    debug_assert_eq!(registration.id, id);
    ENTRIES_OF_THREAD.with(|entries| {
        let entry = &entries[entry_of(id)];
        if entry.id.get() != id {
            return None;
        }
        // SAFETY: `id` is not 0, so `put` set all cells of the entry, from a reference to the `Local` of this
        // registration that this thread's guard owns in a box, and to its slab, which lives as long. The guard frees a
        // box in two places: in its destructor, which calls `clear` first, and when it drops those whose
        // registration is gone, which this one is not, for it is borrowed here. Neither runs during `f` for
        // another reason: `f` is ours, and the references cannot leave it. The pointers never leave this thread, and what
        // they point to is only ever borrowed shared.
        let (local, slab) = unsafe { (&*entry.local.get(), &*entry.slab.get()) };
        Some(f(local, slab))
    })
}

/// Makes [`with`] find this. Only for what this thread's guard owns.
pub fn put(local: &Local) {
    ENTRIES_OF_THREAD.with(|entries| {
        let entry = &entries[entry_of(local.id)];
        entry.local.set(local);
        entry.slab.set(&raw const *local.cells.slab);
        entry.id.set(local.id);
    });
}

/// Makes [`with`] find nothing.
pub fn clear() {
    ENTRIES_OF_THREAD.with(|entries| {
        for entry in entries {
            entry.id.set(0);
            entry.slab.set(&[]);
            entry.local.set(ptr::null());
        }
    });
}
