//! Ends exporters, and says whether what they had was delivered.

use super::Control;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a guard that is dropped waits.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// Keeps exporters going, and ends them: all of a program's, or some.
///
/// It works inside and outside of async runtimes; the calls block their thread, never that of an exporter.
/// Dropped without a shutdown, it shuts down with five seconds, and tells `tracing` if that failed.
#[must_use = "exporters end when their guard is dropped"]
#[derive(Debug, Default)]
pub struct Guard {
    exporters: Vec<Exporter>,
}

#[derive(Debug)]
struct Exporter {
    name: &'static str,
    control: Arc<Control>,
}

/// What some exporters could not deliver. `Debug` prints what `Display` does, since that is how `main` shows an error.
#[derive(Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// Each exporter that failed, and why.
    pub exporters: Vec<(&'static str, Unfinished)>,
}

/// Why an exporter did not deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfinished {
    /// It was still at work when the time was over.
    TimedOut,
    /// Its last export failed.
    Failed(String),
}

crate::error::debug_as_display!(Undelivered);

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not delivered")?;
        for (at, (name, why)) in self.exporters.iter().enumerate() {
            write!(f, "{} by {name}: {why}", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfinished::TimedOut => f.write_str("the time was over"),
            Unfinished::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Undelivered {}

impl Guard {
    pub(super) fn of(name: &'static str, control: Arc<Control>) -> Self {
        Guard { exporters: vec![Exporter { name, control }] }
    }

    /// One guard for the exporters of both.
    pub fn and(mut self, mut other: Guard) -> Guard {
        self.exporters.append(&mut other.exporters);
        self
    }

    /// Exports now, in each exporter, and waits until that is delivered.
    ///
    /// # Errors
    ///
    /// If an exporter failed or took longer; it goes on all the same.
    pub fn flush(&self, timeout: Duration) -> Result<(), Undelivered> {
        let by = deadline(timeout);
        let asked: Vec<u64> = self.exporters.iter().map(|exporter| exporter.control.ask()).collect();
        let answers = self.exporters.iter().zip(asked);
        collect(answers.map(|(exporter, asked)| (exporter.name, exporter.control.answered(asked, by))))
    }

    /// Exports once more, waits until that is delivered, and ends the exporters. The same again answers the
    /// same, from any thread.
    ///
    /// # Errors
    ///
    /// If an exporter's last export failed, or was not done in time: it then ends as soon as it can.
    pub fn shutdown(&self, timeout: Duration) -> Result<(), Undelivered> {
        let by = deadline(timeout);
        self.exporters.iter().for_each(|exporter| exporter.control.tell_end(by));
        collect(self.exporters.iter().map(|exporter| (exporter.name, exporter.control.has_ended(by))))
    }
}

impl FromIterator<Guard> for Guard {
    fn from_iter<I: IntoIterator<Item = Guard>>(guards: I) -> Self {
        guards.into_iter().fold(Guard::default(), Guard::and)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Who has shut down knows how it went, and has waited as long as they would.
        self.exporters.retain(|exporter| exporter.control.end().is_none());
        if let Err(error) = self.shutdown(DROP_TIMEOUT) {
            tracing::warn!(target: "telemetry", %error, "metrics are lost at the end");
        }
    }
}

/// A time that an instant can hold.
fn deadline(timeout: Duration) -> Instant {
    const DAY: Duration = Duration::from_hours(24);
    Instant::now() + timeout.min(DAY)
}

fn collect(
    answers: impl Iterator<Item = (&'static str, Option<Result<(), String>>)>,
) -> Result<(), Undelivered> {
    let failed = answers.filter_map(|(name, answer)| match answer {
        Some(Ok(())) => None,
        Some(Err(why)) => Some((name, Unfinished::Failed(why))),
        None => Some((name, Unfinished::TimedOut)),
    });
    let exporters: Vec<_> = failed.collect();
    if exporters.is_empty() { Ok(()) } else { Err(Undelivered { exporters }) }
}
