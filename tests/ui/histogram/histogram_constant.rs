//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Retries of a delivery.
    #[histogram(buckets = [1, 2, 3], value = 3)]
    fn gave_up(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.gave_up();
    }
    recording.gave_up_calls().assert_once();
}
