//! The thread of an exporter: pushes each interval, when asked, and once more at the end.

use super::control::Wake;
use super::{Control, Guard, Reason, Report, Telling, text};
use crate::contain::contained;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Intervals and time limits are kept to what a thread can sleep and an instant can hold.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_hours(24);

/// A back end that pushes. It lives in a thread of its own, where it may block until the turn's deadline.
pub(crate) trait Push: Send + 'static {
    /// Sends what the registry holds now.
    ///
    /// # Errors
    ///
    /// Why not all of it was delivered. The exporter has counted that in its [`Report`] itself, by reason.
    fn push(&mut self, turn: &Turn<'_>) -> Result<(), String>;

    /// What the other side said at the last push, although it took everything.
    fn notice(&mut self) -> Option<String> {
        None
    }

    /// How often [`tend`](Self::tend) is called between pushes, if it is.
    const TEND: Option<Duration> = None;

    /// Does what cannot wait for the next push. What fails is counted, and nobody else hears of it.
    fn tend(&mut self, _: &Turn<'_>) {}
}

/// One push.
pub(crate) struct Turn<'a> {
    /// Counts failures, retries and what is lost; deliveries are counted by the thread.
    pub report: &'a Report,
    /// Says when the exporter has to end, which cuts pauses short.
    pub control: &'a Control,
    /// By when the push must be over; an end that comes meanwhile may hasten it.
    deadline: Instant,
}

impl Turn<'_> {
    /// By when the push must be over.
    pub(crate) fn deadline(&self) -> Instant {
        self.control.end().map_or(self.deadline, |end| end.min(self.deadline))
    }
}

/// Pushes each `interval`, and gives each push `timeout`.
///
/// # Errors
///
/// If the system has no thread left.
pub(crate) fn start(
    report: Report,
    interval: Duration,
    timeout: Duration,
    push: impl Push,
) -> io::Result<Guard> {
    let control = Arc::new(Control::default());
    let (interval, timeout) = (interval.clamp(SHORTEST, LONGEST), timeout.clamp(SHORTEST, LONGEST));
    let name = report.exporter();
    let telling = Telling::new(name);
    let exporter = Exporter { control: control.clone(), report, timeout, push, telling };
    // Detached: the guard waits for the end by `control`, with a time limit, which joining has not.
    thread::Builder::new().name(format!("telemetry-{name}")).spawn(move || exporter.run(interval))?;
    Ok(Guard::of(name, control))
}

struct Exporter<P> {
    control: Arc<Control>,
    report: Report,
    timeout: Duration,
    push: P,
    telling: Telling,
}

impl<P: Push> Exporter<P> {
    fn run(mut self, interval: Duration) {
        let mut due = Instant::now() + interval;
        loop {
            let tend = P::TEND.map(|every| Instant::now() + every);
            match self.control.wait(tend.map_or(due, |tend| tend.min(due))) {
                Wake::Due if Instant::now() < due => self.tend(),
                Wake::Due => self.turn(None, Instant::now() + self.timeout),
                Wake::Asked(number) => self.turn(Some(number), Instant::now() + self.timeout),
                Wake::End(by) => {
                    self.turn(None, by.min(Instant::now() + self.timeout));
                    break;
                }
            }
            // Turns that were missed meanwhile are not made up for.
            let now = Instant::now();
            while due <= now {
                due += interval;
            }
        }
        let control = self.control.clone();
        // What it holds, sockets and runtimes, is gone before anyone hears of the end.
        drop(self);
        control.ended();
    }

    fn turn(&mut self, asked: Option<u64>, deadline: Instant) {
        let result = self.contained(deadline, P::push).unwrap_or(Err("the exporter panicked".to_owned()));
        let result = result.map_err(|why| text::error(&why));
        match &result {
            Ok(()) => {
                self.report.delivered();
                self.telling.worked();
            }
            Err(why) => self.telling.failed(why),
        }
        if let Some(notice) = self.push.notice() {
            self.telling.noticed(&notice);
        }
        self.control.answer(asked, result);
    }

    fn tend(&mut self) {
        let _ = self.contained(Instant::now() + self.timeout, P::tend);
    }

    /// What the back end answers, unless it panics.
    fn contained<T>(&mut self, deadline: Instant, f: impl FnOnce(&mut P, &Turn<'_>) -> T) -> Option<T> {
        let turn = Turn { report: &self.report, control: &self.control, deadline };
        let push = &mut self.push;
        let answer = contained(|| f(push, &turn));
        if answer.is_none() {
            self.report.failed(Reason::Panic);
        }
        answer
    }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::export::Unfinished;
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
    fn what_a_push_throws_is_dropped() {
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
        assert_eq!(error.exporters, [("fake", Unfinished::TimedOut)]);
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
