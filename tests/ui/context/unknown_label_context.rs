//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Failed jobs.
    #[counter(labels(urgent, error))]
    fn failures(&self, urgent: bool, #[context] error: &str);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures(true, "no space left");
    }
    recording.failures_calls().assert_once();
}
