//! The state that the clones of a mock share: the calls, and the waiters for the next one.

use super::guards::{Clock, OpenGuard, OpenGuards};
use super::record::{Kept, Record};
use super::totals::Totals;
use crate::contain::contained;
use crate::guard::{GuardEdge, Hold, new_owner};
use crate::registry::{RegisterError, Snapshot};
use crate::schema::{EventSchema, Schema};
use crate::sync::unpoisoned;
use std::collections::VecDeque;
use std::fmt;
use std::ptr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
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
    /// Made when they are first needed.
    totals: OnceLock<Result<Totals, RegisterError>>,
}

/// A point in the calls of a mock, see [`Journal::mark`](super::Journal::mark).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark(u64);

#[derive(Default)]
struct State {
    calls: VecDeque<Record>,
    /// The number of calls that were taken or forgotten: the index of the first call.
    removed: u64,
    /// The number of calls that were forgotten since the last that were taken.
    forgotten: u64,
    /// The greatest number of calls to keep.
    limit: Option<usize>,
    /// The index of the first call that is not in the totals.
    summed: u64,
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
            totals: OnceLock::new(),
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
        state.calls.push_back(record);
        self.forget_oldest(&mut state);
        self.changed(state);
    }

    /// Removes the oldest calls above the limit, which stay in the totals.
    fn forget_oldest(&self, state: &mut State) {
        let over = state.limit.map_or(0, |limit| state.calls.len().saturating_sub(limit));
        if over > 0 {
            self.sum_up(state);
            state.calls.drain(..over);
            state.removed += over as u64;
            state.forgotten += over as u64;
        }
    }

    /// Adds the calls that are not there yet to the totals. It holds the lock, so that gauges keep the last
    /// number.
    fn sum_up(&self, state: &mut State) {
        if let Ok(totals) = self.totals() {
            let known = usize::try_from(state.summed - state.removed).unwrap_or(usize::MAX);
            state.calls.iter().skip(known).for_each(|record| totals.record(record));
        }
        state.summed = state.end();
    }

    fn totals(&self) -> &Result<Totals, RegisterError> {
        self.totals.get_or_init(|| Totals::new(self.schema, self.labels.as_deref()))
    }

    /// Returns what a registry holds after all calls.
    pub(super) fn snapshot(&self) -> Result<Snapshot, &RegisterError> {
        self.sum_up(&mut self.lock());
        self.totals().as_ref().map(Totals::snapshot)
    }

    /// Sets the greatest number of calls to keep.
    pub(super) fn set_limit(&self, limit: usize) {
        let mut state = self.lock();
        state.limit = Some(limit);
        self.forget_oldest(&mut state);
    }

    /// Returns the number of calls since the mark that were forgotten.
    pub(super) fn forgotten(&self, from: Mark) -> u64 {
        let state = self.lock();
        state.forgotten.min(state.removed.saturating_sub(from.0))
    }

    /// Returns the end of the calls so far.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.lock().end())
    }

    /// Takes an edge of a guard: sets its clock, and keeps the guard until its end.
    pub(super) fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        // Cloned, since a clock that follows a function runs code of the test.
        let clock = unpoisoned(self.clock.lock()).clone();
        edge.set_clock(clock.now());
        if edge.in_flight().next().is_some()
            && let Ok(totals) = self.totals()
        {
            totals.guard_edge(edge);
        }
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

    /// Returns the calls since the mark for which `selects` holds. It runs under the lock, so it must not be
    /// user code.
    pub(super) fn select(&self, from: Mark, selects: impl Fn(&Record) -> bool) -> Vec<Record> {
        self.lock().since(from).filter(|record| selects(record)).cloned().collect()
    }

    /// Returns the number of calls since the mark for which `selects` holds.
    pub(super) fn count(&self, from: Mark, selects: impl Fn(&Record) -> bool) -> usize {
        self.lock().since(from).filter(|record| selects(record)).count()
    }

    pub(super) fn take(&self) -> Vec<Record> {
        let mut state = self.lock();
        self.sum_up(&mut state);
        let calls = std::mem::take(&mut state.calls);
        state.removed = state.summed;
        state.forgotten = 0;
        self.changed(state);
        calls.into()
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

impl State {
    /// Returns the index after the last call.
    fn end(&self) -> u64 {
        self.removed + self.calls.len() as u64
    }

    fn since(&self, from: Mark) -> impl Iterator<Item = &Record> {
        let skipped = usize::try_from(from.0.saturating_sub(self.removed)).unwrap_or(usize::MAX);
        self.calls.iter().skip(skipped)
    }
}

/// Wakes a future. Contains a panic of its waker, so that the recording call and the other futures go on.
fn wake(waker: Waker) {
    contained(|| waker.wake());
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.select(Mark::default(), |_| true)).finish()
    }
}
