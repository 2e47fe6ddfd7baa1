//! The thread that writes a `Log`'s summaries periodically.

use super::core::Core;
use super::summary;
use crate::sync::unpoisoned;
use std::io;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;
use tracing::Dispatch;
use tracing::dispatcher;
use tracing::subscriber::NoSubscriber;

/// A running thread. Dropping the ticker stops it.
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

/// The longest time that dropping the ticker waits for a summary in progress. After a fork no thread would
/// end the wait.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// The shortest period.
const PERIOD_MIN: Duration = Duration::from_millis(10);
/// The longest period.
const PERIOD_MAX: Duration = Duration::from_hours(24);

impl Ticker {
    /// Starts the thread. Its lines go to the subscriber that the calling thread has now; if it has none, to
    /// the program's global one, as soon as it is set.
    pub(super) fn start(period: Duration, core: Arc<Core>) -> io::Result<Self> {
        if !(PERIOD_MIN..=PERIOD_MAX).contains(&period) {
            let error =
                format!("a summary every {period:?} is out of range: write a time from 10 ms to a day");
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
        // Lets a summary in progress finish.
        let _ = self.0.changed.wait_timeout_while(state, STOP_TIMEOUT, |state| *state != State::Stopped);
    }
}
