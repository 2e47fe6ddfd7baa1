//! errors: 1
//! M15

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter(labels(route = "all"))]
    fn requests(&self, #[label(cap = 64)] route: &str);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests("/");
    }
    recording.requests_calls().assert_once();
}
