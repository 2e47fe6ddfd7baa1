//! All states of a thread, one for each registration that it records in, from its first call to its end.

#[cfg(not(telemetry_safe))]
use super::fast;
use super::registration::Registration;
use super::state::ThreadState;
#[cfg(telemetry_safe)]
use super::state::Visit;
use crate::sync::unless_allocating;
use std::cell::RefCell;
use std::sync::Arc;

/// The owner of a thread's states. Its destructor runs when the thread ends, perhaps before those of the
/// user's thread-locals: calls from these find it gone, and add to the shared shard.
#[derive(Debug)]
struct Guard {
    /// Boxed, so that a pointer to one stays good while others come and go.
    #[allow(clippy::vec_box, reason = "see above")]
    states: Vec<Box<ThreadState>>,
}

/// The way to this thread's state of a registration.
#[cfg(not(telemetry_safe))]
pub use super::fast::with;

thread_local! {
    static GUARD: RefCell<Guard> = const { RefCell::new(Guard { states: Vec::new() }) };
}

impl Drop for Guard {
    fn drop(&mut self) {
        #[cfg(not(telemetry_safe))]
        fast::clear();
        for state in self.states.drain(..) {
            if let Some(registration) = state.registration.upgrade() {
                // If this is the last handle, what is dropped here is ours alone.
                unless_allocating(|| registration.leave(&state.shard));
            }
        }
    }
}

/// Lets `visit` use this thread's state in the registration. Returns `None` if there is no state yet.
#[cfg(telemetry_safe)]
#[inline(always)]
pub fn with<R>(_: &Registration, id: u64, _: usize, visit: impl Visit<R>) -> Option<R> {
    find(id, |state| visit.visit(Some(state), &state.shard.dense))?
}

/// Runs `f` on this thread's state in the registration, which is made if need be. Returns `None` if that is
/// impossible: the thread is ending, others begin at the same moment, or the call comes from the allocator.
pub fn attached<R>(registration: &Arc<Registration>, f: impl FnOnce(&ThreadState) -> R) -> Option<R> {
    let is_known = find(registration.id, remember).is_some();
    if !is_known {
        unless_allocating(|| GUARD.try_with(|guard| attach(guard, registration)).ok()?)??;
    }
    find(registration.id, f)
}

/// Makes the next [`with`] find this state by a pointer.
fn remember(state: &ThreadState) {
    #[cfg(not(telemetry_safe))]
    fast::put(state);
    #[cfg(telemetry_safe)]
    let _ = state;
}

/// Runs `f` on this thread's state in the registration with this id.
#[inline]
fn find<R>(id: u64, f: impl FnOnce(&ThreadState) -> R) -> Option<R> {
    GUARD
        .try_with(|guard| {
            let guard = guard.try_borrow().ok()?;
            let state = guard.states.iter().find(|state| state.id == id)?;
            Some(f(state))
        })
        .ok()?
}

fn attach(guard: &RefCell<Guard>, registration: &Arc<Registration>) -> Option<()> {
    let mut guard = guard.try_borrow_mut().ok()?;
    let state = Box::new(ThreadState::new(registration, registration.shards.enter()?));
    // Registrations that are gone leave with the next one that comes.
    guard.states.retain(|state| state.registration.strong_count() > 0);
    guard.states.push(state);
    // From where it stays: moving a box ends what was borrowed from it.
    remember(guard.states.last()?);
    Some(())
}
