//! errors: 1

use telemetry::{NoOp, metrics};

use std::time::Duration;

#[metrics]
pub trait Metrics {
    /// Time that a batch took.
    #[histogram]
    fn batches(&self, waited: Duration, took: Duration);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.batches(Duration::ZERO, Duration::ZERO);
    }
}
