//! The thread of an exporter: pushes at each interval, on request, and once more at the end.

use super::control::Wake;
use super::{Control, Guard, Reason, Report, TroubleLog, text};
use crate::contain::contained;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// The bounds of intervals and time limits, which a thread can sleep and an instant can hold.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_hours(24);

/// An exporter that pushes. It runs in its own thread, where it may block until the turn's deadline.
pub(crate) trait Push: Send + 'static {
    /// Sends the current state of the registry.
    ///
    /// # Errors
    ///
    /// Returns the reason if not everything was delivered. The exporter has counted this in its [`Report`]
    /// itself.
    fn push(&mut self, turn: &Turn<'_>) -> Result<(), String>;

    /// Returns a remark of the other side at the last push, which it accepted all the same.
    fn notice(&mut self) -> Option<String> {
        None
    }

    /// The interval at which [`tend`](Self::tend) is called between pushes, if it is.
    const TEND: Option<Duration> = None;

    /// Does work that cannot wait for the next push. Failures are counted and not logged.
    fn tend(&mut self, _: &Turn<'_>) {}
}

/// One push.
pub(crate) struct Turn<'a> {
    /// Counts failures, retries and losses. The thread counts deliveries.
    pub report: &'a Report,
    /// Interrupts pauses when the exporter has to end.
    pub control: &'a Control,
    /// The time limit of the push. The end of the exporter may bring it forward.
    deadline: Instant,
}

impl Turn<'_> {
    /// Returns the time limit of the push.
    pub(crate) fn deadline(&self) -> Instant {
        self.control.end().map_or(self.deadline, |end| end.min(self.deadline))
    }
}

/// Starts a thread that pushes at each `interval`, with `timeout` as the time limit of each push.
///
/// # Errors
///
/// Returns an error if the system has no thread left.
pub(crate) fn start(
    report: Report,
    interval: Duration,
    timeout: Duration,
    push: impl Push,
) -> io::Result<Guard> {
    let control = Arc::new(Control::default());
    let interval = interval.clamp(SHORTEST, LONGEST);
    let timeout = timeout.clamp(SHORTEST, LONGEST);
    let name = report.exporter();
    let trouble = TroubleLog::new(name);
    let exporter = Exporter { control: control.clone(), report, timeout, push, trouble };
    // Detached: the guard waits for the end through `control` with a time limit, which `join` does not have.
    thread::Builder::new().name(format!("telemetry-{name}")).spawn(move || exporter.run(interval))?;
    Ok(Guard::of(name, control))
}

struct Exporter<P> {
    control: Arc<Control>,
    report: Report,
    timeout: Duration,
    push: P,
    trouble: TroubleLog,
}

impl<P: Push> Exporter<P> {
    fn run(mut self, interval: Duration) {
        let mut due = Instant::now() + interval;
        loop {
            let tend = P::TEND.map(|every| Instant::now() + every);
            match self.control.wait(tend.map_or(due, |tend| tend.min(due))) {
                Wake::Due if Instant::now() < due => self.tend(),
                Wake::Due => self.turn(None, Instant::now() + self.timeout),
                Wake::Requested(number) => self.turn(Some(number), Instant::now() + self.timeout),
                Wake::End(by) => {
                    self.turn(None, by.min(Instant::now() + self.timeout));
                    break;
                }
            }
            // Missed turns are skipped.
            let now = Instant::now();
            while due <= now {
                due += interval;
            }
        }
        let control = self.control.clone();
        // Sockets and runtimes are dropped before the guard learns of the end.
        drop(self);
        control.ended();
    }

    fn turn(&mut self, requested: Option<u64>, deadline: Instant) {
        let result = self.contained(deadline, P::push).unwrap_or(Err("the exporter panicked".to_owned()));
        let result = result.map_err(|why| text::error(&why));
        match &result {
            Ok(()) => {
                self.report.delivered();
                self.trouble.worked();
            }
            Err(why) => self.trouble.failed(why),
        }
        if let Some(notice) = self.push.notice() {
            self.trouble.noticed(&notice);
        }
        self.control.finish(requested, result);
    }

    fn tend(&mut self) {
        let _ = self.contained(Instant::now() + self.timeout, P::tend);
    }

    /// Calls the exporter. Returns `None` if it panics.
    fn contained<T>(&mut self, deadline: Instant, f: impl FnOnce(&mut P, &Turn<'_>) -> T) -> Option<T> {
        let turn = Turn { report: &self.report, control: &self.control, deadline };
        let push = &mut self.push;
        let result = contained(|| f(push, &turn));
        if result.is_none() {
            self.report.failed(Reason::Panic);
        }
        result
    }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::export::ExportFailure;
    use crate::registry::{Point, Registry};
    use crate::value::Number;
    use std::sync::mpsc;

    /// Does what a test says at each push.
    struct Fake<F>(F);

    impl<F: FnMut(&Turn<'_>) -> Result<(), String> + Send + 'static> Push for Fake<F> {
        fn push(&mut self, turn: &Turn<'_>) -> Result<(), String> {
            (self.0)(turn)
        }
    }

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn the_payload_of_a_panic_in_a_push_is_dropped() {
        let thrown = Arc::new(());
        let payload = thrown.clone();
        let registry = Registry::new();
        let guard = started(&registry, LONG, move |_| std::panic::resume_unwind(Box::new(payload.clone())));
        for _ in 0..3 {
            assert!(guard.flush(LONG).is_err());
        }
        assert!(guard.shutdown(LONG).is_err());
        assert_eq!(Arc::strong_count(&thrown), 1);
        assert_eq!(sum(&registry, "export_failures"), 4);
    }

    fn started(
        registry: &Registry,
        interval: Duration,
        push: impl FnMut(&Turn<'_>) -> Result<(), String> + Send + 'static,
    ) -> Guard {
        let report = Report::new(registry, &["fake"]).unwrap();
        start(report, interval, LONG, Fake(push)).unwrap()
    }

    fn sum(registry: &Registry, name: &str) -> u64 {
        let snapshot = registry.snapshot();
        let family = snapshot.families().find(|family| family.name() == name).unwrap();
        let points = family.series().map(|series| match series.point() {
            Point::Sum(Number::U64(sum)) => sum,
            other => panic!("{other:?}"),
        });
        points.sum()
    }

    #[test]
    fn it_pushes_each_interval_and_when_asked_and_at_the_end() {
        let registry = Registry::new();
        let (sender, pushes) = mpsc::channel();
        let guard = started(&registry, Duration::from_millis(5), move |_| {
            let _ = sender.send(());
            Ok(())
        });
        pushes.recv_timeout(LONG).unwrap();
        pushes.recv_timeout(LONG).unwrap();
        assert_eq!(guard.flush(LONG), Ok(()));
        assert_eq!(guard.shutdown(LONG), Ok(()));
        assert!(sum(&registry, "exports") >= 4);
    }

    #[test]
    fn the_end_says_what_was_not_delivered_and_says_it_again() {
        let registry = Registry::new();
        let guard = started(&registry, LONG, |turn| {
            turn.report.failed(Reason::Connect);
            Err("nobody is there".to_owned())
        });
        let error = guard.shutdown(LONG).unwrap_err();
        assert_eq!(error.to_string(), "not delivered by fake: nobody is there");
        assert_eq!(guard.shutdown(LONG), Err(error.clone()));
        assert_eq!(guard.flush(LONG), Err(error));
        assert_eq!(sum(&registry, "export_failures"), 1);
    }

    #[test]
    fn a_push_that_hangs_is_told_to_end_and_the_guard_does_not_wait_longer_than_its_time() {
        let registry = Registry::new();
        let (began, has_begun) = mpsc::channel();
        let guard = started(&registry, Duration::ZERO, move |turn| {
            let _ = began.send(());
            assert!(turn.control.pause(LONG));
            thread::sleep(turn.deadline().saturating_duration_since(Instant::now()));
            thread::sleep(Duration::from_millis(200));
            Ok(())
        });
        has_begun.recv_timeout(LONG).unwrap();
        let error = guard.shutdown(Duration::from_millis(20)).unwrap_err();
        assert_eq!(error.exporters, [("fake", ExportFailure::TimedOut)]);
    }

    #[test]
    fn who_has_shut_down_does_not_wait_again_when_the_guard_is_dropped() {
        let registry = Registry::new();
        let (began, has_begun) = mpsc::channel();
        let (release, held) = mpsc::channel::<()>();
        let guard = started(&registry, Duration::ZERO, move |_| {
            let _ = began.send(());
            let _ = held.recv();
            Ok(())
        });
        has_begun.recv_timeout(LONG).unwrap();
        guard.shutdown(Duration::ZERO).unwrap_err();
        let dropped = Instant::now();
        drop(guard);
        assert!(dropped.elapsed() < Duration::from_secs(4), "{:?}", dropped.elapsed());
        drop(release);
    }

    #[test]
    fn a_panic_is_counted_and_the_next_push_runs() {
        let registry = Registry::new();
        let mut first = true;
        let guard = started(&registry, LONG, move |_| {
            assert!(!std::mem::take(&mut first), "only once");
            Ok(())
        });
        assert!(guard.flush(LONG).is_err());
        assert_eq!(guard.flush(LONG), Ok(()));
        assert_eq!((sum(&registry, "exports"), sum(&registry, "export_failures")), (1, 1));
    }
}
