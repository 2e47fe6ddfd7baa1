//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter(deprecated = "next")]
    fn requests(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
    }
    recording.requests_calls().assert_once();
}
