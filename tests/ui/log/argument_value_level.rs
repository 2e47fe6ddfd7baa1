//! errors: 2

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Failed steps.
    #[counter]
    #[log(level = "warn")]
    fn failed(&self);

    /// Skipped steps.
    #[counter]
    #[log(level = Level::DEBUG)]
    fn skipped(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failed();
    }
}
