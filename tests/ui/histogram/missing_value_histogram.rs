//! errors: 1
//! M16

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Size of a response.
    #[histogram(unit = bytes, buckets = [100, 1000])]
    fn response_size(&self, cached: bool);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.response_size(true);
    }
    recording.response_size_calls().assert_once();
}
