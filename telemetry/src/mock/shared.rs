//! The state that the clones of a mock share: the calls, and the waiters for the next one.

use super::guards::{Clock, OpenGuard, OpenGuards};
use super::record::{Kept, Record};
use crate::contain::contained;
use crate::guard::{GuardEdge, Hold, new_owner};
use crate::schema::{EventSchema, Schema};
use crate::sync::unpoisoned;
use std::fmt;
use std::ptr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::Waker;
use std::time::{Duration, Instant};

pub(super) struct Shared {
    schema: &'static Schema,
    /// The labels of the registration.
    labels: Option<Arc<[Kept]>>,
    state: Mutex<State>,
    changed: Condvar,
    /// The owner of its records in guards.
    owner: u64,
    open: Mutex<OpenGuards>,
    clock: Mutex<Clock>,
}

#[derive(Default)]
struct State {
    calls: Vec<Record>,
    /// The methods called so far, including taken calls.
    seen: Vec<&'static EventSchema>,
    /// The number of changes, so that a waiter notices one that it has missed.
    version: u64,
    /// The wakers of the waiting futures.
    wakers: Vec<(WaiterId, Waker)>,
    /// The number of futures that have waited so far.
    waiters: u64,
}

/// The identity of a waiting future.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct WaiterId(u64);

impl Shared {
    pub(super) fn new(schema: &'static Schema, labels: Option<Arc<[Kept]>>) -> Self {
        Shared {
            schema,
            labels,
            state: Mutex::default(),
            changed: Condvar::new(),
            owner: new_owner(),
            open: Mutex::default(),
            clock: Mutex::default(),
        }
    }

    /// Locks the state, also after a panic: no user code runs inside the lock, so the state is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }

    pub(super) fn push(&self, record: Record) {
        let record = record.with_registration(self.labels.as_ref());
        let mut state = self.lock();
        if !state.seen.iter().any(|seen| record.is(seen)) {
            state.seen.push(record.event());
        }
        state.calls.push(record);
        self.changed(state);
    }

    /// Takes an edge of a guard: sets its clock, and keeps the guard until its end.
    pub(super) fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        // Cloned, since a clock that follows a function runs code of the test.
        let clock = unpoisoned(self.clock.lock()).clone();
        edge.set_clock(clock.now());
        let owner = self.owner;
        if edge.is_start() {
            let id = unpoisoned(self.open.lock()).start(edge.schema(), edge.started_at());
            edge.hold(Hold { owner, instrument: 0, row: id });
        } else if let Some(id) = edge.release(owner, 0) {
            unpoisoned(self.open.lock()).end(id);
        }
    }

    /// Returns the guards that have not ended.
    pub(super) fn open_guards(&self) -> Vec<OpenGuard> {
        unpoisoned(self.open.lock()).all()
    }

    /// Replaces the clock.
    pub(super) fn set_clock(&self, clock: Clock) {
        let replaced = std::mem::replace(&mut *unpoisoned(self.clock.lock()), clock);
        drop(replaced);
    }

    /// Moves the clock forward. Returns `false` if it follows a function.
    pub(super) fn advance(&self, by: Duration) -> bool {
        unpoisoned(self.clock.lock()).advance(by)
    }

    /// Wakes all waiters after it has released the lock, since wakers are not our code.
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
        let at = state.wakers.iter().position(|(waiting, _)| *waiting == id)?;
        Some(state.wakers.swap_remove(at).1)
    }

    /// Returns an identity for a future that is going to wait.
    pub(super) fn waiter(&self) -> WaiterId {
        let mut state = self.lock();
        state.waiters += 1;
        WaiterId(state.waiters)
    }

    /// Removes a future that no longer waits.
    pub(super) fn forget(&self, id: WaiterId) {
        drop(self.take_waker(id));
    }

    pub(super) fn calls(&self) -> Vec<Record> {
        self.select(|_| true)
    }

    /// Returns the calls for which `selects` holds. It runs under the lock, so it must not be user code.
    pub(super) fn select(&self, selects: impl Fn(&Record) -> bool) -> Vec<Record> {
        self.lock().calls.iter().filter(|record| selects(record)).cloned().collect()
    }

    /// Returns the number of calls for which `selects` holds.
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

    /// Registers a waker for the next change.
    pub(super) fn register(&self, id: WaiterId, waker: &Waker) {
        // Cloned and dropped outside the lock, since a waker is not our code.
        let waker = waker.clone();
        let mut state = self.lock();
        let registered = state.wakers.iter_mut().find(|(waiting, _)| *waiting == id);
        let replaced = match registered {
            Some((_, earlier)) => Some(std::mem::replace(earlier, waker)),
            None => {
                state.wakers.push((id, waker));
                None
            }
        };
        drop(state);
        drop(replaced);
    }

    /// Returns the surface's methods that none of these has seen.
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

/// Wakes a future. Contains a panic of its waker, so that the recording call and the other futures go on.
fn wake(waker: Waker) {
    contained(|| waker.wake());
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.calls()).finish()
    }
}
