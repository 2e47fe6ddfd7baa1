//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Failed jobs.
    #[counter(labels(error = "yes"))]
    fn failures(&self, #[context] error: &str);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures("no space left");
    }
    recording.failures_calls().assert_once();
}
