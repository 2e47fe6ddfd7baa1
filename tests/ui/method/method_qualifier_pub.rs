//! errors: 1
//! M13

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);

    /// Failures.
    #[counter]
    pub fn failures(&self, fatal: bool);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
        metrics.failures(true);
    }
    recording.requests_calls().assert_once();
}
