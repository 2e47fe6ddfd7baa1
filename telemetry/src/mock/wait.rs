//! Waits for calls of other threads and tasks, with a deadline and without a runtime.

use super::report::fail;
use super::shared::{Shared, WaiterId};
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

/// Blocks until the condition holds. Returns whether it did before the timeout.
pub(super) fn blocking(shared: &Shared, mut holds: impl FnMut() -> bool, timeout: Duration) -> bool {
    let deadline = deadline_after(timeout);
    loop {
        let version = shared.version();
        if holds() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        shared.wait(version, deadline);
    }
}

/// Returns the end of a timeout. A timeout beyond the clock's range ends in a century.
fn deadline_after(timeout: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_hours(100 * 365 * 24);
    let now = Instant::now();
    now.checked_add(timeout).unwrap_or_else(|| now + CENTURY)
}

/// A future that ends when a condition on a mock's calls holds, and panics if it does not in time.
#[must_use = "a future does nothing unless it is awaited"]
pub struct WaitFor<H, R> {
    shared: Arc<Shared>,
    holds: H,
    report: R,
    timeout: Duration,
    caller: &'static Location<'static>,
    timer: Option<Timer>,
}

/// A thread that wakes the future at its deadline. It ends with the future, which drops the sender.
struct Timer {
    id: WaiterId,
    deadline: Instant,
    _alive: Sender<()>,
}

impl<H, R> WaitFor<H, R> {
    #[track_caller]
    pub(super) fn new(shared: Arc<Shared>, holds: H, report: R, timeout: Duration) -> Self {
        WaitFor { shared, holds, report, timeout, caller: Location::caller(), timer: None }
    }
}

impl Timer {
    fn start(shared: &Arc<Shared>, timeout: Duration) -> Self {
        // Computed before the thread starts, so that it is past when the thread wakes the future.
        let deadline = deadline_after(timeout);
        let id = shared.waiter();
        let (alive, ended) = mpsc::channel();
        let shared = shared.clone();
        thread::spawn(move || {
            if ended.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout) {
                shared.wake(id);
            }
        });
        Timer { id, deadline, _alive: alive }
    }
}

impl<H, R> Future for WaitFor<H, R>
where
    H: FnMut() -> bool + Unpin,
    R: Fn(&str) -> String + Unpin,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let timer = this.timer.get_or_insert_with(|| Timer::start(&this.shared, this.timeout));
        // Registered before the check, so that a call after the check wakes the future.
        this.shared.register(timer.id, context.waker());
        if (this.holds)() {
            return Poll::Ready(());
        }
        if Instant::now() >= timer.deadline {
            fail(&(this.report)(&format!(" at {}", this.caller)));
        }
        Poll::Pending
    }
}

impl<H, R> Drop for WaitFor<H, R> {
    fn drop(&mut self) {
        if let Some(timer) = &self.timer {
            self.shared.forget(timer.id);
        }
    }
}

impl<H, R> fmt::Debug for WaitFor<H, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitFor")
            .field("timeout", &self.timeout)
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}
