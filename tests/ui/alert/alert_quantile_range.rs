//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Time to serve a request.
    #[histogram(buckets = [0.1, 1.0])]
    #[alert(quantile = 99, above = 0.5)]
    fn requests(&self, cached: bool, seconds: f64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(true, 0.5);
    }
    recording.requests_calls().assert_once();
}
