//! What the clones of a mock share: the calls, and who waits for the next.

use super::record::Record;
use crate::schema::{EventSchema, Schema};
use std::fmt;
use std::ptr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
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
    /// Counts the calls, so that a waiter knows that it has missed one.
    version: u64,
    wakers: Vec<Waker>,
}

impl Shared {
    pub(super) fn new(schema: &'static Schema) -> Self {
        Shared { schema, state: Mutex::default(), changed: Condvar::new() }
    }

    /// A test that panicked while it held the lock has left a whole journal: nothing of the user's runs inside.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, record: Record) {
        let mut state = self.lock();
        if !state.seen.iter().any(|seen| record.is(seen)) {
            state.seen.push(record.event());
        }
        state.calls.push(record);
        state.version += 1;
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        self.changed.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Wakes the futures without a call, at a deadline.
    pub(super) fn wake(&self) {
        let wakers = std::mem::take(&mut self.lock().wakers);
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(super) fn calls(&self) -> Vec<Record> {
        self.lock().calls.clone()
    }

    pub(super) fn len(&self) -> usize {
        self.lock().calls.len()
    }

    pub(super) fn take(&self) -> Vec<Record> {
        std::mem::take(&mut self.lock().calls)
    }

    pub(super) fn version(&self) -> u64 {
        self.lock().version
    }

    /// Waits until something was recorded after `version`, or until the deadline.
    pub(super) fn wait(&self, version: u64, deadline: Instant) {
        let left = deadline.saturating_duration_since(Instant::now());
        let waited = self.changed.wait_timeout_while(self.lock(), left, |state| state.version == version);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Asks to be woken when something is recorded after `version`; false if something was already.
    pub(super) fn register(&self, version: u64, waker: &Waker) -> bool {
        let mut state = self.lock();
        if state.version != version {
            return false;
        }
        if !state.wakers.iter().any(|known| known.will_wake(waker)) {
            state.wakers.push(waker.clone());
        }
        true
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

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.calls()).finish()
    }
}
