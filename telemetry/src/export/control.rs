//! What the owner of an exporter and its thread say to each other: end, send now, done.

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
    /// By when the thread must have ended, once it is told to.
    end: Option<Instant>,
    /// How often a push was asked for, and how many of those were answered.
    asked: u64,
    answered: u64,
    /// How the last push went.
    last: Option<Result<(), String>>,
    /// The thread does nothing any more.
    ended: bool,
    /// Of futures that wait for the end.
    wakers: Vec<Waker>,
}

/// Why the thread wakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// Its time has come.
    Due,
    /// Someone waits for a push; the number goes to [`Control::answer`].
    Asked(u64),
    /// It is to push once more, by then, and end.
    End(Instant),
}

impl Control {
    fn lock(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }

    /// Waits until this time, or until someone asks for something.
    pub(super) fn wait(&self, due: Instant) -> Wake {
        let mut state = self.lock();
        loop {
            if let Some(end) = state.end {
                return Wake::End(end);
            }
            if state.asked > state.answered {
                return Wake::Asked(state.asked);
            }
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Wake::Due;
            }
            state = unpoisoned(self.changed.wait_timeout(state, left)).0;
        }
    }

    /// By when the exporter has to end; nothing as long as it goes on.
    pub(crate) fn end(&self) -> Option<Instant> {
        self.lock().end
    }

    /// Waits for so long, or until the exporter has to end. Says whether it has to.
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

    /// Ready when the exporter has to end, with the time by which it must.
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

    /// How a push went that was asked for before this number.
    pub(super) fn answer(&self, asked: Option<u64>, result: Result<(), String>) {
        let mut state = self.lock();
        state.answered = asked.unwrap_or(state.answered);
        state.last = Some(result);
        // Of a push that is over.
        state.wakers.clear();
        self.changed.notify_all();
    }

    /// The thread has ended, for whatever reason.
    pub(super) fn ended(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    /// Tells the thread to end; the first who tells it says by when, and a later one may only hasten it.
    pub(super) fn tell_end(&self, by: Instant) {
        let mut state = self.lock();
        state.end = Some(state.end.map_or(by, |end| end.min(by)));
        state.wakers.drain(..).for_each(Waker::wake);
        self.changed.notify_all();
    }

    /// Asks for a push now, and gives the number to wait for.
    pub(super) fn ask(&self) -> u64 {
        let mut state = self.lock();
        state.asked += 1;
        self.changed.notify_all();
        state.asked
    }

    /// Waits for the answer, or for the end; `None` if neither came in time.
    pub(super) fn answered(&self, asked: u64, by: Instant) -> Option<Result<(), String>> {
        self.until(by, |state| state.answered >= asked || state.ended)
    }

    /// Waits for the end; `None` if it did not come in time.
    pub(super) fn has_ended(&self, by: Instant) -> Option<Result<(), String>> {
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
