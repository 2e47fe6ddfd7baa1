//! The channel between an exporter's thread and its guard: end, export now, done.

use crate::sync::unpoisoned;
use std::future::poll_fn;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

/// Shared by an exporter's thread and its guard.
#[derive(Debug, Default)]
pub(crate) struct Control {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The deadline for the thread's end, once it is ordered to end.
    end: Option<Instant>,
    /// The number of requested pushes, and of those that are done.
    requested: u64,
    done: u64,
    /// The result of the last push.
    last: Option<Result<(), String>>,
    /// Set when the thread has ended.
    ended: bool,
    /// The wakers of futures that wait for the end.
    wakers: Vec<Waker>,
}

/// The reason for the thread to wake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// The time is over.
    Due,
    /// A push was requested. The number is for [`Control::finish`].
    Requested(u64),
    /// The thread has to push once more before this time, and end.
    End(Instant),
}

impl Control {
    fn lock(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }

    /// Waits until this time, or until a push or the end is requested.
    pub(super) fn wait(&self, due: Instant) -> Wake {
        let mut state = self.lock();
        loop {
            if let Some(end) = state.end {
                return Wake::End(end);
            }
            if state.requested > state.done {
                return Wake::Requested(state.requested);
            }
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Wake::Due;
            }
            state = unpoisoned(self.changed.wait_timeout(state, left)).0;
        }
    }

    /// Returns the deadline for the exporter's end, if it has to end.
    pub(crate) fn end(&self) -> Option<Instant> {
        self.lock().end
    }

    /// Waits for this time, or until the exporter has to end. Returns whether it has to.
    #[allow(dead_code, reason = "not every back end pauses without a runtime")]
    pub(crate) fn pause(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        let mut state = self.lock();
        while state.end.is_none() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = unpoisoned(self.changed.wait_timeout(state, left)).0;
        }
        true
    }

    /// Waits until the exporter has to end, and returns the deadline.
    #[allow(dead_code, reason = "for back ends that run on an async runtime")]
    pub(crate) async fn ending(&self) -> Instant {
        poll_fn(|context| {
            let mut state = self.lock();
            if let Some(end) = state.end {
                return Poll::Ready(end);
            }
            if !state.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                state.wakers.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }

    /// Sets the result of a push, which is that of all requests up to this number.
    pub(super) fn finish(&self, requested: Option<u64>, result: Result<(), String>) {
        let mut state = self.lock();
        state.done = requested.unwrap_or(state.done);
        state.last = Some(result);
        // They belong to the push that is over.
        state.wakers.clear();
        self.changed.notify_all();
    }

    /// Marks the thread as ended, for whatever reason.
    pub(super) fn ended(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    /// Orders the thread to end. The first call sets the deadline; later ones can only bring it forward.
    pub(super) fn order_end(&self, by: Instant) {
        let mut state = self.lock();
        state.end = Some(state.end.map_or(by, |end| end.min(by)));
        state.wakers.drain(..).for_each(Waker::wake);
        self.changed.notify_all();
    }

    /// Requests a push now, and returns the number to wait for.
    pub(super) fn request(&self) -> u64 {
        let mut state = self.lock();
        state.requested += 1;
        self.changed.notify_all();
        state.requested
    }

    /// Waits for the requested push, or for the end. Returns `None` if neither came in time.
    pub(super) fn wait_for_push(&self, requested: u64, by: Instant) -> Option<Result<(), String>> {
        self.until(by, |state| state.done >= requested || state.ended)
    }

    /// Waits for the end. Returns `None` if it did not come in time.
    pub(super) fn wait_for_end(&self, by: Instant) -> Option<Result<(), String>> {
        self.until(by, |state| state.ended)
    }

    fn until(&self, by: Instant, done: impl Fn(&State) -> bool) -> Option<Result<(), String>> {
        let mut state = self.lock();
        while !done(&state) {
            let left = by.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            state = unpoisoned(self.changed.wait_timeout(state, left)).0;
        }
        Some(state.last.clone().unwrap_or(Ok(())))
    }
}
