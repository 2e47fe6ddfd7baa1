//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics(namespace = "app")]
pub trait Metrics {
    /// Sizes of mails.
    #[histogram(buckets = [1, 10], was = "mail_size_bucket")]
    fn size(&self, n: u64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.size(1);
    }
    recording.size_calls().assert_once();
}
