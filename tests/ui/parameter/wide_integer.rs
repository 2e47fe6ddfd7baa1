//! errors: 1
//! M16

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Bytes sent.
    #[counter(value = size)]
    fn sent(&self, size: u128);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.sent(3);
    }
    recording.sent_calls().assert_once();
}
