//! The way from a handle to its thread's sums in a few instructions: the one file with `unsafe` in it.
//!
//! A thread-local without a destructor is a plain address; asking whether one with a destructor is alive
//! takes as long as all else of a call. So the pointers stand here, and [`super::thread`]'s guard, which has
//! a destructor, owns what they point to and clears them before it goes.
//!
//! `hot/safe.rs` does the same without `unsafe`, in a build with `--cfg telemetry_safe`: a counter with a
//! closed label takes two to three times as long by it, a histogram 1.4 times. `tests/sanitize` runs the
//! registry's tests on both.

use super::local::{Local, Visit};
use super::registration::Registration;
use crate::sync::AtomicU64;
use std::cell::Cell;
use std::ptr::NonNull;
use std::slice;

/// A power of two. Registrations that come after each other by a multiple of it, used in turns by one thread,
/// push each other out; their calls take the slow path then.
const ENTRIES: usize = 16;

/// What lies between the numbers of two registrations: the size of an entry, so that a number's lower bits are
/// where its entry stands, without a multiplication.
pub const STEP: u64 = size_of::<Entry>() as u64;

#[repr(align(32))]
struct Entry {
    /// The registration, or 0.
    id: Cell<u64>,
    /// The slab of `local`, where most calls end.
    slab: Cell<NonNull<AtomicU64>>,
    local: Cell<NonNull<Local>>,
}

impl Entry {
    const fn empty() -> Self {
        let (slab, local) = (Cell::new(NonNull::dangling()), Cell::new(NonNull::dangling()));
        Entry { id: Cell::new(0), slab, local }
    }
}

thread_local! {
    static ENTRIES_OF_THREAD: [Entry; ENTRIES] = const {
        [const { Entry::empty() }; ENTRIES]
    };
}

#[allow(clippy::cast_possible_truncation, reason = "the lowest bits are meant")]
const fn entry_of(id: u64) -> usize {
    (id / STEP) as usize % ENTRIES
}

/// Shows what this thread has of the registration, and its slab; `None` if it has nothing, or no pointer to
/// it.
///
/// `id` is the registration's own and `words` the length of its slabs; the caller has them at hand, the
/// length as a constant, so that no bound is checked against memory.
#[inline(always)]
#[allow(unsafe_code, reason = "see SAFETY")]
pub fn with<R>(registration: &Registration, id: u64, words: usize, visit: impl Visit<R>) -> Option<R> {
    debug_assert_eq!((registration.id, registration.words()), (id, words));
    // Nothing but the pointers is fetched inside: a larger closure is not inlined.
    let (local, slab) = ENTRIES_OF_THREAD.with(|entries| {
        let entry = &entries[entry_of(id)];
        (entry.id.get() == id).then(|| (entry.local.get(), entry.slab.get()))
    })?;
    // SAFETY: `id` is not 0, so `put` set all cells of the entry, from a reference to the `Local` of this
    // registration that this thread's guard owns in a box, and to its slab, which lives as long. The guard
    // frees a box in two places: in its destructor, which calls `clear` first, and when it drops those whose
    // registration is gone, which this one is not, for it is borrowed here. Neither runs during the visit for
    // another reason: visitors are ours, and the references cannot leave them. The pointers never leave this
    // thread, and what they point to is only ever borrowed shared. All slabs of a registration have as many
    // words as its layout says, and `Instruments`, the only caller, gets both from the surface that the
    // registration was made for.
    let (local, slab) = unsafe { (local.as_ref(), slice::from_raw_parts(slab.as_ptr(), words)) };
    Some(visit.visit(local, slab))
}

/// Makes [`with`] find this. Only for what this thread's guard owns.
pub fn put(local: &Local) {
    ENTRIES_OF_THREAD.with(|entries| {
        let entry = &entries[entry_of(local.id)];
        entry.local.set(NonNull::from(local));
        entry.slab.set(NonNull::from(&*local.cells.slab).cast());
        entry.id.set(local.id);
    });
}

/// Makes [`with`] find nothing.
pub fn clear() {
    ENTRIES_OF_THREAD.with(|entries| {
        for entry in entries {
            entry.id.set(0);
        }
    });
}
