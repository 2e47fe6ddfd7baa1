//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter(name = "requests_served", was = "requests_served_total")]
    fn requests(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
    }
    recording.requests_calls().assert_once();
}
