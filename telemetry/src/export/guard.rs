//! Ends exporters, and returns whether their last export was delivered.

use super::Control;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The time limit of a guard that is dropped.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// Keeps exporters running, and ends them.
///
/// It works inside and outside of async runtimes. Its calls block the calling thread, never that of an
/// exporter. Dropping it without a shutdown shuts down with a time limit of five seconds, and logs a failure
/// through `tracing`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use telemetry::export::Guard;
///
/// // Such as that of `otlp::Config::start` and that of `statsd::Config::start`.
/// let (first, second) = (Guard::default(), Guard::default());
/// let guard = first.and(second);
/// guard.shutdown(Duration::from_secs(5))?;
/// # Ok::<(), telemetry::export::ExportError>(())
/// ```
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

/// The error for exporters that could not deliver. `Debug` prints the same text as `Display`, because `main`
/// shows errors through it.
#[derive(Clone, PartialEq, Eq)]
pub struct ExportError {
    /// Each exporter that failed, with the reason.
    pub exporters: Vec<(&'static str, ExportFailure)>,
}

/// The reason why an exporter did not deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportFailure {
    /// It was still running when the time was over.
    TimedOut,
    /// Its last export failed.
    Failed(String),
}

crate::error::debug_as_display!(ExportError);

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not delivered")?;
        for (at, (name, why)) in self.exporters.iter().enumerate() {
            write!(f, "{} by {name}: {why}", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl fmt::Display for ExportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportFailure::TimedOut => f.write_str("the time was over"),
            ExportFailure::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for ExportError {}

impl Guard {
    pub(super) fn of(name: &'static str, control: Arc<Control>) -> Self {
        Guard { exporters: vec![Exporter { name, control }] }
    }

    /// Combines two guards into one for the exporters of both.
    pub fn and(mut self, mut other: Guard) -> Guard {
        self.exporters.append(&mut other.exporters);
        self
    }

    /// Exports now from each exporter, and waits for the delivery.
    ///
    /// # Errors
    ///
    /// Returns an error if an exporter failed or took longer. The exporters continue in any case.
    pub fn flush(&self, timeout: Duration) -> Result<(), ExportError> {
        let by = deadline(timeout);
        let requested: Vec<u64> = self.exporters.iter().map(|exporter| exporter.control.request()).collect();
        let waiting = self.exporters.iter().zip(requested);
        collect(waiting.map(|(exporter, number)| (exporter.name, exporter.control.wait_for_push(number, by))))
    }

    /// Exports once more, waits for the delivery, and ends the exporters. Idempotent: later calls return the
    /// first result, on any thread.
    ///
    /// # Errors
    ///
    /// Returns an error if an exporter's last export failed, or was not done in time. It then ends as soon as
    /// it can.
    pub fn shutdown(&self, timeout: Duration) -> Result<(), ExportError> {
        let by = deadline(timeout);
        self.exporters.iter().for_each(|exporter| exporter.control.order_end(by));
        collect(self.exporters.iter().map(|exporter| (exporter.name, exporter.control.wait_for_end(by))))
    }
}

impl FromIterator<Guard> for Guard {
    fn from_iter<I: IntoIterator<Item = Guard>>(guards: I) -> Self {
        guards.into_iter().fold(Guard::default(), Guard::and)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A caller that has shut down knows the result, and has waited for its own time limit.
        self.exporters.retain(|exporter| exporter.control.end().is_none());
        if let Err(error) = self.shutdown(DROP_TIMEOUT) {
            tracing::warn!(target: "telemetry", %error, "metrics are lost at the end");
        }
    }
}

/// Returns the end of a time limit, cut to a day, which every instant can hold.
fn deadline(timeout: Duration) -> Instant {
    const DAY: Duration = Duration::from_hours(24);
    Instant::now() + timeout.min(DAY)
}

fn collect(
    results: impl Iterator<Item = (&'static str, Option<Result<(), String>>)>,
) -> Result<(), ExportError> {
    let failed = results.filter_map(|(name, result)| match result {
        Some(Ok(())) => None,
        Some(Err(why)) => Some((name, ExportFailure::Failed(why))),
        None => Some((name, ExportFailure::TimedOut)),
    });
    let exporters: Vec<_> = failed.collect();
    if exporters.is_empty() { Ok(()) } else { Err(ExportError { exporters }) }
}
