//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics(namespace = "app")]
pub trait Metrics {
    /// Sizes of mails.
    #[histogram(buckets = [1, 10])]
    fn size(&self, n: u64);

    /// All bytes.
    #[counter(unit = bytes, was = "app_size_sum")]
    fn sent(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.size(1);
        metrics.sent();
    }
    recording.size_calls().assert_once();
}
