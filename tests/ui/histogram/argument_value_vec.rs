//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Sizes of answers.
    #[histogram(buckets = vec![100.0, 1000.0])]
    fn answer_size(&self, size: u64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.answer_size(1);
    }
}
