//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[gauge]
    #[log(decimals = 10)]
    fn requests(&self, n: f64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(1.0);
    }
    recording.requests_calls().assert_once();
}
