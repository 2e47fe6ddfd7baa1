//! errors: 2

use telemetry::{NoOp, metrics};

#[metrics(suffix = off)]
pub trait Metrics {
    /// Requests served.
    #[counter(sufixes = off)]
    fn requests(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
    }
    recording.requests_calls().assert_once();
}
