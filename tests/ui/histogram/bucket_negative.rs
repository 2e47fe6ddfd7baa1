//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Error of the clock.
    #[histogram(unit = seconds, buckets = [-0.5, 0.0, 0.5])]
    fn clock_error(&self, error: f64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.clock_error(0.1);
    }
    recording.clock_error_calls().assert_once();
}
