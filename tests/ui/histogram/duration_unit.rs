//! errors: 1

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Time of a request.
    #[histogram(unit = bytes)]
    fn request_duration(&self, took: Duration);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.request_duration(Duration::ZERO);
    }
    recording.request_duration_calls().assert_once();
}
