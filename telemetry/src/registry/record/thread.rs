//! All states of a thread, one for each registration that it records in, from its first call to its end.

#[cfg(not(telemetry_safe))]
use super::fast;
use super::registration::{self, Registration};
use super::state::ThreadState;
#[cfg(telemetry_safe)]
use super::state::Visit;
use crate::registry::store::interner::{Interner, InternerCache};
use crate::sync::unless_allocating;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// The owner of a thread's states. Its destructor runs when the thread ends, perhaps before those of the
/// user's thread-locals: calls from these find it gone, and add to the shared shard.
#[derive(Debug)]
struct Guard {
    /// By the registration's id. In an `Rc` each, so that a pointer to one stays good while others come and
    /// go: moving a box would end what was borrowed from it.
    states: BTreeMap<u64, Rc<ThreadState>>,
    /// The caches of the interners in the states, by the interner's address: a state keeps that for its
    /// cache.
    caches: BTreeMap<*const Interner, Weak<InternerCache>>,
    /// The number of states for which there is room.
    room: usize,
    /// The number of registrations that were gone when this thread last looked for its own among them.
    dropped: u64,
    #[cfg(not(telemetry_safe))]
    table: fast::Table,
}

/// The ways to this thread's state of a registration.
#[cfg(not(telemetry_safe))]
pub use super::fast::{with, with_any, with_far, with_traced};

thread_local! {
    static GUARD: RefCell<Guard> = const { RefCell::new(Guard::new()) };
}

impl Guard {
    const fn new() -> Self {
        Guard {
            states: BTreeMap::new(),
            caches: BTreeMap::new(),
            room: 0,
            dropped: 0,
            #[cfg(not(telemetry_safe))]
            table: fast::Table::empty(),
        }
    }

    /// Returns this thread's cache of an interner, for another state.
    fn cache(&mut self, interner: &Arc<Interner>) -> Rc<InternerCache> {
        let known = self.caches.entry(Arc::as_ptr(interner)).or_default();
        known.upgrade().unwrap_or_else(|| {
            let cache = Rc::new(InternerCache::new(interner));
            *known = Rc::downgrade(&cache);
            cache
        })
    }

    /// Adds a state. Those whose registration is gone leave, so that there are never more of them than of
    /// others; a look at all of them is paid for by registrations that came or went since the last one.
    fn add(&mut self, state: ThreadState) {
        let dropped = registration::dropped();
        let gone = dropped.wrapping_sub(self.dropped);
        let len = self.states.len();
        if len >= self.room || (gone > 0 && gone >= len as u64 / 2) {
            self.dropped = dropped;
            self.states.retain(|_, state| state.registration.strong_count() > 0);
            self.caches.retain(|_, cache| cache.strong_count() > 0);
            self.room = 2 * self.states.len() + 1;
            #[cfg(not(telemetry_safe))]
            self.table.renew(self.room, self.room > 1 || state.exemplars.is_some(), &self.states);
        }
        let state = Rc::new(state);
        #[cfg(not(telemetry_safe))]
        self.table.add(&state);
        self.states.insert(state.id, state);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        #[cfg(not(telemetry_safe))]
        fast::clear();
        for state in std::mem::take(&mut self.states).into_values() {
            if let Some(registration) = state.registration.upgrade() {
                // If this is the last handle, what is dropped here is ours alone.
                unless_allocating(|| registration.leave(&state.shard));
            }
        }
    }
}

/// Lets `visit` use this thread's state in the registration. Returns `None` if there is no state yet, or if
/// the registration has exemplars.
#[cfg(telemetry_safe)]
#[inline(always)]
pub fn with<R>(_: &Registration, id: u64, _: usize, visit: impl Visit<R>) -> Option<R> {
    find_traced(id, false, visit)
}

/// Returns `None`: [`with`] and [`with_traced`] have found all that there is.
#[cfg(telemetry_safe)]
#[inline(always)]
pub fn with_far<R>(_: &Registration, _: u64, _: usize, _: impl Visit<R>) -> Option<R> {
    None
}

/// Lets `visit` use this thread's state in a registration with exemplars.
#[cfg(telemetry_safe)]
#[inline(always)]
pub fn with_traced<R>(_: &Registration, id: u64, _: usize, visit: impl Visit<R>) -> Option<R> {
    find_traced(id, true, visit)
}

/// Lets `visit` use this thread's state in a registration with exemplars: [`with`] has found all others.
#[cfg(telemetry_safe)]
#[inline(always)]
pub fn with_any<R>(_: &Registration, id: u64, _: usize, visit: impl Visit<R>) -> Option<R> {
    find_traced(id, true, visit)
}

/// Lets `visit` use this thread's state in the registration, if that has exemplars as `is_traced` says.
#[cfg(telemetry_safe)]
#[inline(always)]
fn find_traced<R>(id: u64, is_traced: bool, visit: impl Visit<R>) -> Option<R> {
    find(id, |state| {
        (state.exemplars.is_some() == is_traced).then(|| visit.visit(Some(state), &state.shard.dense))?
    })?
}

/// Runs `f` on this thread's state in the registration, which is made if need be. Returns `None` if that is
/// impossible: the thread is ending, others begin at the same moment, or the call comes from the allocator.
pub fn attached<R>(registration: &Arc<Registration>, f: impl FnOnce(&ThreadState) -> R) -> Option<R> {
    let is_known = find(registration.id, |_| ()).is_some();
    if !is_known {
        unless_allocating(|| GUARD.try_with(|guard| attach(guard, registration)).ok()?)??;
    }
    find(registration.id, f)
}

/// Runs `f` on this thread's state in the registration with this id.
#[inline]
fn find<R>(id: u64, f: impl FnOnce(&ThreadState) -> R) -> Option<R> {
    GUARD
        .try_with(|guard| {
            let guard = guard.try_borrow().ok()?;
            Some(f(guard.states.get(&id)?))
        })
        .ok()?
}

fn attach(guard: &RefCell<Guard>, registration: &Arc<Registration>) -> Option<()> {
    let mut guard = guard.try_borrow_mut().ok()?;
    let shard = registration.shards.enter()?;
    let state = ThreadState::new(registration, shard, |interner| guard.cache(interner));
    guard.add(state);
    Some(())
}

#[cfg(all(test, not(loom), not(telemetry_safe)))]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::registry::record::state::Visit;
    use crate::surface::Surface;
    use crate::sync::AtomicU64;
    use telemetry_macros::metrics;

    #[metrics(mock(cfg(any())))]
    trait Metrics {
        /// Calls.
        #[counter]
        #[log(off)]
        fn calls(&self);
    }

    fn registrations(n: usize) -> Vec<Arc<Registration>> {
        let new =
            || Registration::new(<dyn Metrics as Surface>::SCHEMA, |domain| Arc::new(Interner::new(domain)));
        (0..n).map(|_| Arc::new(new())).collect()
    }

    /// Returns the id of the state that it is shown.
    struct Id;

    impl Visit<u64> for Id {
        fn visit(self, state: Option<&ThreadState>, _: &[AtomicU64]) -> Option<u64> {
            state.map(|state| state.id)
        }
    }

    fn far(registration: &Registration) -> Option<u64> {
        with_far(registration, registration.id, registration.shards.shared.dense.len(), Id)
    }

    fn attach_all(all: &[Arc<Registration>]) {
        for registration in all {
            attached(registration, |_| ()).unwrap();
        }
    }

    /// Returns the number of states that this thread has, and of entries in its table.
    fn held() -> (usize, usize) {
        GUARD.with(|guard| {
            let guard = guard.borrow();
            (guard.states.len(), guard.table.len())
        })
    }

    #[test]
    fn each_of_many_registrations_is_found_by_its_pointers() {
        // Neighbours, and those that remain of many, at any distance.
        for distance in [1, 2, 16, 48, 64] {
            let all: Vec<_> = registrations(300 * distance).into_iter().step_by(distance).collect();
            assert!(all.iter().all(|registration| far(registration).is_none()));
            attach_all(&all);
            for registration in &all {
                assert_eq!(far(registration), Some(registration.id), "{distance}");
            }
        }
    }

    #[test]
    fn sixteen_neighbours_are_near() {
        let all = registrations(16);
        attach_all(&all);
        // Other tests make registrations at the same time: these are not all neighbours then.
        let mut entries: Vec<_> = all.iter().map(|of| of.id / registration::ID_ALIGN % 16).collect();
        entries.sort_unstable();
        entries.dedup();
        let near = |of: &&Arc<Registration>| with(of, of.id, of.shards.shared.dense.len(), Id) == Some(of.id);
        assert_eq!(all.iter().filter(near).count(), entries.len());
    }

    #[test]
    fn ten_thousand_registrations_that_come_and_go_leave_nothing_behind() {
        let kept = registrations(1);
        attach_all(&kept);
        for _ in 0..10_000 {
            attach_all(&registrations(1));
            let (states, entries) = held();
            assert!(states <= 3 && entries <= 8, "{states} states, {entries} entries");
        }
        let all = registrations(10_000);
        attach_all(&all);
        let (states, entries) = held();
        assert!(states > 10_000 && entries > 20_000, "the control: {states} states, {entries} entries");
        drop(all);
        attach_all(&registrations(1));
        let (states, entries) = held();
        assert!(states == 2 && entries <= 8, "{states} states, {entries} entries");
        assert_eq!(far(&kept[0]), Some(kept[0].id));
    }

    #[test]
    fn the_dead_are_never_more_than_the_living() {
        let mut all = Vec::new();
        for round in 0..3_000 {
            let new = registrations(1);
            attach_all(&new);
            all.extend(new);
            if round % 3 != 0 {
                all.swap_remove(round % all.len());
            }
            attach_all(&all[..1]);
            assert!(held().0 <= 2 * all.len() + 2, "{:?} for {}", held(), all.len());
        }
    }
}
