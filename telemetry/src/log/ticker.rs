//! The thread that writes a `Log`'s summaries from time to time.

use super::{Core, summary};
use crate::sync::unpoisoned;
use std::io;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;
use tracing::Dispatch;
use tracing::dispatcher;
use tracing::subscriber::NoSubscriber;

/// Ends its thread when it is dropped.
#[derive(Debug)]
pub(super) struct Ticker(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Running,
    Stopping,
    Stopped,
}

/// How long the end waits for a summary that is being written. After a fork there is no thread to wait for.
const LAST: Duration = Duration::from_secs(1);

/// Summaries do not come faster.
const PERIOD_MIN: Duration = Duration::from_millis(10);
const PERIOD_MAX: Duration = Duration::from_hours(24);

impl Ticker {
    /// Its lines go to the subscriber that this thread has now; if it has none, to the program's, as soon as there is one.
    pub(super) fn start(period: Duration, core: Arc<Core>) -> io::Result<Self> {
        if !(PERIOD_MIN..=PERIOD_MAX).contains(&period) {
            let error = format!("a summary every {period:?}: write a time from 10 ms to a day");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
        }
        let shared = Arc::new(Shared::default());
        let ticker = Ticker(shared.clone());
        let dispatch = dispatcher::get_default(Dispatch::clone);
        let dispatch = Some(dispatch).filter(|dispatch| !dispatch.is::<NoSubscriber>());
        thread::Builder::new().name("telemetry-log".to_owned()).spawn(move || {
            let write = || shared.run(period, &core);
            match &dispatch {
                Some(dispatch) => dispatcher::with_default(dispatch, write),
                None => write(),
            }
            shared.set(State::Stopped);
        })?;
        Ok(ticker)
    }
}

impl Shared {
    fn run(&self, period: Duration, core: &Core) {
        loop {
            let state = unpoisoned(self.state.lock());
            let running = |state: &mut State| *state == State::Running;
            let waited = self.changed.wait_timeout_while(state, period, running);
            if *unpoisoned(waited).0 != State::Running {
                return;
            }
            summary::write(core);
        }
    }

    fn set(&self, state: State) {
        *unpoisoned(self.state.lock()) = state;
        self.changed.notify_all();
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.0.set(State::Stopping);
        let state = unpoisoned(self.0.state.lock());
        // A summary that is being written is written to its end, if that takes no longer than this.
        let _ = self.0.changed.wait_timeout_while(state, LAST, |state| *state != State::Stopped);
    }
}
