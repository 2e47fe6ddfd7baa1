//! What the clones of a mock share: the calls, and who waits for the next.

use super::record::Record;
use crate::contain::contained;
use crate::schema::{EventSchema, Schema};
use crate::sync::unpoisoned;
use std::fmt;
use std::ptr;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::task::Waker;
use std::time::Instant;

pub(super) struct Shared {
    schema: &'static Schema,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    calls: Vec<Record>,
    /// The methods called so far, `take` or not.
    seen: Vec<&'static EventSchema>,
    /// Counts the changes, so that a waiter knows that it has missed one.
    version: u64,
    /// One for each future that waits.
    wakers: Vec<(WaiterId, Waker)>,
    /// How many futures have waited so far.
    waiters: u64,
}

/// Tells the futures that wait from one another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct WaiterId(u64);

impl Shared {
    pub(super) fn new(schema: &'static Schema) -> Self {
        Shared { schema, state: Mutex::default(), changed: Condvar::new() }
    }

    /// A test that panicked while it held the lock has left a whole journal: nothing of the user's runs inside.
    fn lock(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }

    pub(super) fn push(&self, record: Record) {
        let mut state = self.lock();
        if !state.seen.iter().any(|seen| record.is(seen)) {
            state.seen.push(record.event());
        }
        state.calls.push(record);
        self.changed(state);
    }

    /// Wakes everybody who waits for a change, after the lock is released: what wakes is not ours.
    fn changed(&self, mut state: MutexGuard<'_, State>) {
        state.version += 1;
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        self.changed.notify_all();
        for (_, waker) in wakers {
            wake(waker);
        }
    }

    /// Wakes one future, at its deadline.
    pub(super) fn wake(&self, id: WaiterId) {
        self.take_waker(id).into_iter().for_each(wake);
    }

    fn take_waker(&self, id: WaiterId) -> Option<Waker> {
        let mut state = self.lock();
        let at = state.wakers.iter().position(|(known, _)| *known == id)?;
        Some(state.wakers.swap_remove(at).1)
    }

    /// A number for a future that is going to wait.
    pub(super) fn waiter(&self) -> WaiterId {
        let mut state = self.lock();
        state.waiters += 1;
        WaiterId(state.waiters)
    }

    /// A future that no longer waits.
    pub(super) fn forget(&self, id: WaiterId) {
        drop(self.take_waker(id));
    }

    pub(super) fn calls(&self) -> Vec<Record> {
        self.select(|_| true)
    }

    /// The calls that `selects` holds for. It runs under the lock, so it is ours.
    pub(super) fn select(&self, selects: impl Fn(&Record) -> bool) -> Vec<Record> {
        self.lock().calls.iter().filter(|record| selects(record)).cloned().collect()
    }

    /// How many calls `selects` holds for.
    pub(super) fn count(&self, selects: impl Fn(&Record) -> bool) -> usize {
        self.lock().calls.iter().filter(|record| selects(record)).count()
    }

    pub(super) fn len(&self) -> usize {
        self.lock().calls.len()
    }

    pub(super) fn take(&self) -> Vec<Record> {
        let mut state = self.lock();
        let calls = std::mem::take(&mut state.calls);
        self.changed(state);
        calls
    }

    pub(super) fn version(&self) -> u64 {
        self.lock().version
    }

    /// Waits until something was recorded after `version`, or until the deadline.
    pub(super) fn wait(&self, version: u64, deadline: Instant) {
        let left = deadline.saturating_duration_since(Instant::now());
        let waited = self.changed.wait_timeout_while(self.lock(), left, |state| state.version == version);
        drop(unpoisoned(waited));
    }

    /// Asks to be woken at the next change.
    pub(super) fn register(&self, id: WaiterId, waker: &Waker) {
        // Cloned and dropped without the lock: a waker is not ours.
        let waker = waker.clone();
        let mut state = self.lock();
        let known = state.wakers.iter_mut().find(|(known, _)| *known == id);
        let replaced = match known {
            Some((_, known)) => Some(std::mem::replace(known, waker)),
            None => {
                state.wakers.push((id, waker));
                None
            }
        };
        drop(state);
        drop(replaced);
    }

    /// The surface's methods that none of these has seen.
    pub(super) fn uncovered<'a>(all: impl IntoIterator<Item = &'a Shared>) -> Vec<&'static str> {
        let mut schema: Option<&'static Schema> = None;
        let mut seen = Vec::new();
        for shared in all {
            schema = Some(shared.schema);
            seen.extend_from_slice(&shared.lock().seen);
        }
        let events = schema.map_or(&[][..], |schema| schema.events);
        let missing = events.iter().filter(|event| !seen.iter().any(|seen| ptr::eq(*seen, **event)));
        missing.map(|event| event.name).collect()
    }
}

/// A waker that panics is not the recorder's fault, and keeps no other from being woken.
fn wake(waker: Waker) {
    contained(|| waker.wake());
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.calls()).finish()
    }
}
