//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Size of a response.
    #[histogram(unit = bytes)]
    fn response_size(&self, size: u64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.response_size(3);
    }
    recording.response_size_calls().assert_once();
}
