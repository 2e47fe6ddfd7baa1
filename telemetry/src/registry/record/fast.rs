//! The way from a handle to its thread's state in a few instructions: the one file with `unsafe` in it.
//!
//! A thread-local without a destructor is a plain address; asking whether one with a destructor is alive
//! takes as long as the rest of a call. So the pointers stand here, and [`super::thread`]'s guard, which has
//! a destructor, owns what they point to and clears them before it goes.
//!
//! There are two levels. A thread's first registrations have an entry at an address that is known without a
//! load. All of them have one in a table that grows, so that a thread may use any number in turn.
//!
//! A build with `--cfg telemetry_safe` goes through the guard each time and has no `unsafe`: a counter with a
//! closed label takes two to three times as long by it, a histogram twice. `tests/sanitize` runs the
//! registry's tests on both.

use super::registration::{ID_ALIGN, Registration};
use super::state::{ThreadState, Visit};
use crate::sync::AtomicU64;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ptr::NonNull;
use std::rc::Rc;
use std::slice;

/// The bit that an entry's id has in addition to the registration's, if that has exemplars: only
/// [`with_traced`] and [`with_any`] find it.
const TRACED: u64 = 1;

/// The number of near entries, a power of two.
const NEAR_ENTRIES: usize = 16;

const _: () = assert!(size_of::<Entry>() as u64 == ID_ALIGN, "an id's lower bits are an entry's address");

/// The pointers to one state.
#[derive(Debug)]
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

    /// `id` is the one under which the state is found.
    fn set(&self, id: u64, state: &ThreadState) {
        self.state.set(NonNull::from(state));
        self.dense.set(NonNull::from(&*state.shard.dense).cast());
        self.id.set(id);
    }

    /// Returns the pointers if they are those of this registration.
    #[inline(always)]
    fn get(&self, id: u64) -> Option<Found> {
        (self.id.get() == id).then(|| (self.state.get(), self.dense.get()))
    }
}

type Found = (NonNull<ThreadState>, NonNull<AtomicU64>);

/// The pointer to a thread's table, which its guard owns.
#[derive(Clone, Copy)]
struct TablePointer {
    entries: NonNull<Entry>,
    /// The number of entries, a power of two, less one.
    last: usize,
    /// Leaves of an id the bits that say where its entry is, and those of an entry's size.
    shift: u32,
}

impl TablePointer {
    /// `len` is a power of two.
    const fn new(entries: NonNull<Entry>, len: usize) -> Self {
        TablePointer { entries, last: len - 1, shift: u64::BITS - ID_ALIGN.ilog2() - len.ilog2() }
    }

    /// Returns the distance in bytes from the first entry to the one where the search for an id begins.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "less than the table's size")]
    fn offset(self, id: u64) -> usize {
        (id >> self.shift & !(ID_ALIGN - 1)) as usize
    }

    /// Returns the distance of the entry that is searched after this one.
    #[inline(always)]
    fn next(self, offset: usize) -> usize {
        (offset + size_of::<Entry>()) & (self.last * size_of::<Entry>())
    }
}

thread_local! {
    static NEAR: [Entry; NEAR_ENTRIES] = const { [const { Entry::empty() }; NEAR_ENTRIES] };

    /// Empty in a thread that has no table.
    static TABLE: Cell<Option<TablePointer>> = const { Cell::new(None) };
}

#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "the lowest bits are meant")]
const fn near_entry(id: u64) -> usize {
    (id / ID_ALIGN) as usize % NEAR_ENTRIES
}

/// Lets `visit` use this thread's state in the registration, if that has a near entry. Returns `None` if not:
/// [`with_far`] has the others.
///
/// `id` is the registration's own and `words` the number of its dense words; the caller has them at hand, the
/// number as a constant, so that no bound is checked against memory.
#[inline(always)]
pub fn with<R>(registration: &Registration, id: u64, words: usize, visit: impl Visit<R>) -> Option<R> {
    debug_assert_eq!(registration.id, id);
    // Only the pointers are fetched inside: a larger closure is not inlined.
    let found = NEAR.with(|entries| entries[near_entry(id)].get(id))?;
    show(registration, found, words, visit)
}

/// Lets `visit` use this thread's state in the registration. Returns `None` if it has none, or if the
/// registration has exemplars: [`with_traced`] has those.
///
/// Apart from [`with`], and called out of line: if both ways led to one visit, most calls would take some
/// instructions more, and a histogram 19.
#[inline(always)]
pub fn with_far<R>(registration: &Registration, id: u64, words: usize, visit: impl Visit<R>) -> Option<R> {
    debug_assert_eq!(registration.id, id);
    show(registration, far(id)?, words, visit)
}

/// Lets `visit` use this thread's state in a registration with exemplars. Returns `None` if it has none.
#[inline(always)]
pub fn with_traced<R>(registration: &Registration, id: u64, words: usize, visit: impl Visit<R>) -> Option<R> {
    debug_assert_eq!(registration.id, id);
    show(registration, far(id | TRACED)?, words, visit)
}

/// Lets `visit`, which takes no exemplars, use this thread's state in the registration. Returns `None` if it
/// has none.
#[inline(always)]
pub fn with_any<R>(registration: &Registration, id: u64, words: usize, visit: impl Visit<R>) -> Option<R> {
    debug_assert_eq!(registration.id, id);
    show(registration, far(id).or_else(|| far(id | TRACED))?, words, visit)
}

/// Lets `visit` use what the pointers in an entry of this registration point to.
#[inline(always)]
#[allow(unsafe_code, reason = "see SAFETY")]
fn show<R>(registration: &Registration, found: Found, words: usize, visit: impl Visit<R>) -> Option<R> {
    debug_assert_eq!(registration.shards.shared.dense.len(), words);
    let (state, dense) = found;
    // SAFETY: the callers, all in this file, found these in an entry with the id of this registration, or
    // with that and `TRACED`, which is not 0 and which no other ever has: ids are multiples of `ID_ALIGN`. So
    // `Entry::set` set all cells of the entry, from a reference to the registration's `ThreadState` that this
    // thread's guard owns in an `Rc`, and to its shard's dense words, which live as long. The guard drops a
    // state in two places: in its destructor, which calls `clear` first, and when it drops those whose
    // registration is gone, which this one is not, for it is borrowed here. Neither runs during the visit for
    // another reason: visitors are ours, the references cannot leave them, and foreign code that they call
    // comes back here by calls alone. The pointers never leave this thread, and what they point to is only
    // ever borrowed shared. All shards of a registration have as many dense words as its layout says, and
    // `Instruments`, the only caller, gets both from the surface that the registration was made for.
    let (state, dense) = unsafe { (state.as_ref(), slice::from_raw_parts(dense.as_ptr(), words)) };
    visit.visit(Some(state), dense)
}

/// Finds the pointers in the thread's table.
#[inline(always)]
#[allow(unsafe_code, reason = "see SAFETY")]
fn far(id: u64) -> Option<Found> {
    TABLE.with(|table| {
        let table = table.get()?;
        let mut offset = table.offset(id);
        loop {
            // SAFETY: the pointer is that of a table that this thread's guard owns, which sets another one
            // before it drops a table. It has as many entries as it says, and both functions that
            // make an offset return a multiple of an entry's size below that of all entries. Entries are only
            // ever borrowed shared.
            let entry = unsafe { table.entries.byte_add(offset).as_ref() };
            if let Some(found) = entry.get(id) {
                return Some(found);
            }
            // There is such an entry in each table, which is at most half full.
            if entry.id.get() == 0 {
                return None;
            }
            offset = table.next(offset);
        }
    })
}

/// A thread's table of its states, by open addressing. The thread's guard owns it.
///
/// A thread with one registration has none: the near entry is enough.
#[derive(Debug)]
pub struct Table(
    /// Shared, although it has one owner: moving a box would end what was borrowed from it.
    Option<Rc<[Entry]>>,
);

impl Table {
    pub const fn empty() -> Self {
        Table(None)
    }

    /// Replaces the table by one that has these states and room for `room` in all: none at all if the near
    /// entry is enough. The near entries forget all others.
    ///
    /// Allocates while the old table is in use, since an allocator may record.
    pub fn renew(&mut self, room: usize, needs_table: bool, states: &BTreeMap<u64, Rc<ThreadState>>) {
        NEAR.with(|near| {
            for entry in near.iter().filter(|entry| !states.contains_key(&entry.id.get())) {
                entry.id.set(0);
            }
        });
        let len = (2 * room).next_power_of_two();
        let entries: Option<Rc<[Entry]>> = needs_table.then(|| (0..len).map(|_| Entry::empty()).collect());
        let renewed = Table(entries);
        for state in states.values() {
            renewed.add(state);
        }
        TABLE.set(renewed.pointer());
        *self = renewed;
    }

    /// Makes the next search find this state, which this thread's guard must own. There must be room for it.
    pub fn add(&self, state: &ThreadState) {
        NEAR.with(|entries| {
            let near = &entries[near_entry(state.id)];
            // Whoever came first stays: most often the program's own, before those that come and go. A call
            // that may take an exemplar goes by the table.
            if near.id.get() == 0 && state.exemplars.is_none() {
                near.set(state.id, state);
            }
        });
        let Some((entries, table)) = self.0.as_ref().zip(self.pointer()) else { return };
        let mut offset = table.offset(state.id);
        while let Some(entry) = entries.get(offset / size_of::<Entry>()) {
            if entry.id.get() == 0 {
                return entry.set(state.id | if state.exemplars.is_some() { TRACED } else { 0 }, state);
            }
            offset = table.next(offset);
        }
        debug_assert!(false, "an offset is inside of the table");
    }

    /// Returns the number of entries.
    #[cfg(all(test, not(loom)))]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |entries| entries.len())
    }

    fn pointer(&self) -> Option<TablePointer> {
        let entries = self.0.as_ref()?;
        Some(TablePointer::new(NonNull::from(&**entries).cast(), entries.len()))
    }
}

/// Makes both searches find nothing.
pub fn clear() {
    NEAR.with(|entries| {
        for entry in entries {
            entry.id.set(0);
        }
    });
    TABLE.set(None);
}
