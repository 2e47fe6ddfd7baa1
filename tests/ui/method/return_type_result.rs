//! errors: 1
//! M5

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);

    /// Failures.
    #[counter]
    fn failures(&self, fatal: bool) -> Result<(), String>;
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
        metrics.failures(true).unwrap();
    }
    recording.requests_calls().assert_once();
}
