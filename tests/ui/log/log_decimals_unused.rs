//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter(value = n)]
    #[log(decimals = 3)]
    fn requests(&self, n: u64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(1);
    }
    recording.requests_calls().assert_once();
}
