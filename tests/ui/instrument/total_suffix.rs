//! errors: 1
//! M15

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests_total(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests_total();
    }
    recording.requests_total_calls().assert_once();
}
