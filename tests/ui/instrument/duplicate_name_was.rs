//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);

    /// Requests refused.
    #[counter(was = "requests_total")]
    fn refused(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
        metrics.refused();
    }
    recording.requests_calls().assert_once();
}
