//! Logs trouble: one warning a minute, and one line when it is over, in the same words for every exporter.

use super::text;
use crate::contain::contained;
use std::time::{Duration, Instant};

/// The shortest time between two warnings.
const EVERY: Duration = Duration::from_mins(1);

/// Logs the trouble of one exporter.
pub(crate) struct TroubleLog {
    exporter: &'static str,
    clock: Box<dyn Fn() -> Instant + Send + Sync>,
    /// The failures since the last success.
    trouble: Option<Trouble>,
    warned: Option<Instant>,
    /// The number of failures since the last warning.
    more: u64,
    noticed: Option<(Instant, String)>,
}

struct Trouble {
    since: Instant,
    failures: u64,
    is_logged: bool,
}

impl TroubleLog {
    pub(crate) fn new(exporter: &'static str) -> Self {
        Self::by_clock(exporter, Instant::now)
    }

    /// Creates a log with another clock, for tests.
    fn by_clock(exporter: &'static str, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        let clock = Box::new(clock);
        TroubleLog { exporter, clock, trouble: None, warned: None, more: 0, noticed: None }
    }

    fn is_recent(&self, time: Option<Instant>) -> bool {
        time.is_some_and(|time| (self.clock)().saturating_duration_since(time) < EVERY)
    }

    /// Logs a failure that will be retried.
    pub(crate) fn failed(&mut self, why: &str) {
        let now = (self.clock)();
        let is_recent = self.is_recent(self.warned);
        let trouble = self.trouble.get_or_insert(Trouble { since: now, failures: 0, is_logged: false });
        trouble.failures += 1;
        if is_recent {
            self.more += 1;
            return;
        }
        trouble.is_logged = true;
        self.warned = Some(now);
        let more = std::mem::take(&mut self.more);
        let exporter = self.exporter;
        let error = text::error(why);
        contained(|| {
            tracing::warn!(
                target: "telemetry",
                exporter,
                error,
                more,
                "metrics do not get through, will try again"
            );
        });
    }

    /// Notes a success, and logs the end of trouble that was logged.
    pub(crate) fn worked(&mut self) {
        let Some(Trouble { since, failures, is_logged: true }) = self.trouble.take() else { return };
        let exporter = self.exporter;
        let seconds = (self.clock)().saturating_duration_since(since).as_secs();
        contained(|| {
            tracing::info!(target: "telemetry", exporter, failures, seconds, "metrics get through again");
        });
    }

    /// Logs a remark on a success, at most once a minute and not twice in a row.
    pub(crate) fn noticed(&mut self, notice: &str) {
        let notice = text::error(notice);
        if let Some((at, before)) = &self.noticed
            && (*before == notice || self.is_recent(Some(*at)))
        {
            return;
        }
        self.noticed = Some(((self.clock)(), notice.clone()));
        let exporter = self.exporter;
        contained(|| {
            tracing::warn!(target: "telemetry", exporter, notice, "metrics get through, but");
        });
    }
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use std::fmt::Write as _;
    use std::sync::{Arc, Mutex, OnceLock};
    use tracing::field::{Field, Visit};
    use tracing::{Dispatch, Event, Metadata, Subscriber, span};

    /// Keeps each event in one line.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<String>>>);

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            write!(self.0, " {field}={value:?}").unwrap();
        }
    }

    impl Subscriber for Lines {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }

        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut line = Line(event.metadata().level().to_string());
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }

        fn enter(&self, _: &span::Id) {}

        fn exit(&self, _: &span::Id) {}
    }

    /// Returns the lines that are logged under a clock that only the test moves.
    fn lines(f: impl FnOnce(&mut TroubleLog, &dyn Fn(u64))) -> Vec<String> {
        // With one subscriber alive, `tracing` keeps the answer of whichever thread comes to a callsite
        // first.
        static OTHERS: OnceLock<[Dispatch; 2]> = OnceLock::new();
        let now = Arc::new(Mutex::new(Instant::now()));
        let clock = now.clone();
        let mut trouble = TroubleLog::by_clock("test", move || *clock.lock().unwrap());
        let lines = Lines::default();
        OTHERS.get_or_init(|| [(); 2].map(|()| Dispatch::new(Lines::default())));
        tracing::subscriber::with_default(lines.clone(), || {
            f(&mut trouble, &|seconds| *now.lock().unwrap() += Duration::from_secs(seconds));
        });
        std::mem::take(&mut *lines.0.lock().unwrap())
    }

    fn warning(error: &str, more: u64) -> String {
        format!(
            "WARN message=metrics do not get through, will try again \
             exporter=\"test\" error={error:?} more={more}"
        )
    }

    fn healed(failures: u64, seconds: u64) -> String {
        format!(
            "INFO message=metrics get through again exporter=\"test\" failures={failures} seconds={seconds}"
        )
    }

    #[test]
    fn trouble_from_the_start_is_logged_once_a_minute_and_its_end_once() {
        let lines = lines(|trouble, pass| {
            for _ in 0..121 {
                trouble.failed("nobody is there");
                pass(1);
            }
            (0..3).for_each(|_| trouble.worked());
        });
        let expected = [
            warning("nobody is there", 0),
            warning("nobody is there", 59),
            warning("nobody is there", 59),
            healed(121, 121),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn later_trouble_is_logged_but_not_each_time_that_it_comes_and_goes() {
        let lines = lines(|trouble, pass| {
            trouble.worked();
            for round in 0..60 {
                trouble.failed(&format!("round {round}"));
                trouble.worked();
                pass(2);
            }
        });
        let expected = [warning("round 0", 0), healed(1, 0), warning("round 30", 29), healed(1, 0)];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_new_notice_is_logged_at_most_once_a_minute() {
        let lines = lines(|trouble, pass| {
            for notice in ["a", "a", "b"] {
                trouble.noticed(notice);
                pass(30);
            }
            trouble.noticed("b");
            pass(60);
            trouble.noticed("b");
        });
        let notice =
            |notice| format!("WARN message=metrics get through, but exporter=\"test\" notice={notice:?}");
        assert_eq!(lines, [notice("a"), notice("b")]);
    }

    #[test]
    fn the_words_of_the_other_side_are_one_short_line() {
        let words = format!("GOAWAY\nlevel=error {}", "x".repeat(15_000));
        let lines = lines(|trouble, _| {
            trouble.failed(&words);
            trouble.noticed(&words);
        });
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.len() < 800 && !line.contains('\n')), "{lines:?}");
    }
}
