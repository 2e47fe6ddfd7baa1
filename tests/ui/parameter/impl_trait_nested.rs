//! errors: 1
//! M2

use std::fmt::Display;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);

    /// Failures.
    #[counter]
    fn failures(&self, stage: Option<&impl Display>);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
        metrics.failures(Some(&"lease"));
    }
    recording.requests_calls().assert_once();
}
