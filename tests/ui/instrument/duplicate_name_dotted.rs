//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served, and how long that took.
    #[counter]
    #[histogram]
    fn requests(&self, took: std::time::Duration);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(std::time::Duration::ZERO);
    }
    recording.requests_calls().assert_once();
}
