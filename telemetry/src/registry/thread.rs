//! What a thread has of each registration that it records in, from its first call to its end.

use super::hot;
use super::local::Local;
use super::registration::Registration;
use crate::sync::unless_allocating;
use std::cell::RefCell;
use std::sync::Arc;

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
                unless_allocating(|| registration.leave(&local.cells));
            }
        }
    }
}

/// Runs `f` on what this thread has of the registration, which is made if need be. `None` if that cannot be:
/// the thread is ending, others begin at the same moment, or the call comes from the allocator.
pub fn attached<R>(registration: &Arc<Registration>, f: impl FnOnce(&Local) -> R) -> Option<R> {
    let known = find(registration.id, hot::put).is_some();
    if !known {
        unless_allocating(|| GUARD.try_with(|guard| attach(guard, registration)).ok()?)??;
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
    let mut guard = guard.try_borrow_mut().ok()?;
    let local = Box::new(Local::new(registration, registration.enter()?));
    // Registrations that are gone leave with the next one that comes.
    guard.locals.retain(|local| local.registration.strong_count() > 0);
    guard.locals.push(local);
    // From where it stays: moving a box ends what was borrowed from it.
    hot::put(guard.locals.last()?);
    Some(())
}
