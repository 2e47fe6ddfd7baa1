//! errors: 1
//! M11

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);

    /// Requests refused.
    #[counter(name = "requests")]
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
