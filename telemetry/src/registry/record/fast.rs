//! The way from a handle to its thread's state in a few instructions: the one file with `unsafe` in it.
//!
//! A thread-local without a destructor is a plain address; asking whether one with a destructor is alive
//! takes as long as the rest of a call. So the pointers stand here, and [`super::thread`]'s guard, which has
//! a destructor, owns what they point to and clears them before it goes.
//!
//! A build with `--cfg telemetry_safe` goes through the guard each time and has no `unsafe`: a counter with a
//! closed label takes two to three times as long by it, a histogram 1.4 times. `tests/sanitize` runs the
//! registry's tests on both.

use super::registration::{ID_STEP, Registration};
use super::state::{ThreadState, Visit};
use crate::sync::AtomicU64;
use std::cell::Cell;
use std::ptr::NonNull;
use std::slice;

/// The number of entries, a power of two. Registrations whose ids differ by a multiple of it share an entry:
/// used in turns by one thread, they push each other out, and their calls take the general path then.
const ENTRIES: usize = 16;

const _: () = assert!(size_of::<Entry>() as u64 == ID_STEP, "an id's lower bits are an entry's address");

#[repr(align(32))]
struct Entry {
    /// The registration, or 0.
    id: Cell<u64>,
    /// The dense words of `state`'s shard, where most calls end.
    dense: Cell<NonNull<AtomicU64>>,
    state: Cell<NonNull<ThreadState>>,
}

impl Entry {
    const fn empty() -> Self {
        Entry {
            id: Cell::new(0),
            dense: Cell::new(NonNull::dangling()),
            state: Cell::new(NonNull::dangling()),
        }
    }
}

thread_local! {
    static ENTRIES_OF_THREAD: [Entry; ENTRIES] = const {
        [const { Entry::empty() }; ENTRIES]
    };
}

#[allow(clippy::cast_possible_truncation, reason = "the lowest bits are meant")]
const fn entry_of(id: u64) -> usize {
    (id / ID_STEP) as usize % ENTRIES
}

/// Lets `visit` use this thread's state in the registration. Returns `None` if it has none, or no pointer to
/// it.
///
/// `id` is the registration's own and `words` the number of its dense words; the caller has them at hand, the
/// number as a constant, so that no bound is checked against memory.
#[inline(always)]
#[allow(unsafe_code, reason = "see SAFETY")]
pub fn with<R>(registration: &Registration, id: u64, words: usize, visit: impl Visit<R>) -> Option<R> {
    debug_assert_eq!((registration.id, registration.shards.shared.dense.len()), (id, words));
    // Only the pointers are fetched inside: a larger closure is not inlined.
    let (state, dense) = ENTRIES_OF_THREAD.with(|entries| {
        let entry = &entries[entry_of(id)];
        (entry.id.get() == id).then(|| (entry.state.get(), entry.dense.get()))
    })?;
    // SAFETY: `id` is not 0, so `put` set all cells of the entry, from a reference to the `ThreadState` of
    // this registration that this thread's guard owns in a box, and to its shard's dense words, which live as
    // long. The guard frees a box in two places: in its destructor, which calls `clear` first, and when it
    // drops those whose registration is gone, which this one is not, for it is borrowed here. Neither runs
    // during the visit for another reason: visitors are ours, and the references cannot leave them. The
    // pointers never leave this thread, and what they point to is only ever borrowed shared. All shards of a
    // registration have as many dense words as its layout says, and `Instruments`, the only caller, gets both
    // from the surface that the registration was made for.
    let (state, dense) = unsafe { (state.as_ref(), slice::from_raw_parts(dense.as_ptr(), words)) };
    visit.visit(Some(state), dense)
}

/// Makes [`with`] find this state, which this thread's guard must own.
pub fn put(state: &ThreadState) {
    ENTRIES_OF_THREAD.with(|entries| {
        let entry = &entries[entry_of(state.id)];
        entry.state.set(NonNull::from(state));
        entry.dense.set(NonNull::from(&*state.shard.dense).cast());
        entry.id.set(state.id);
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
