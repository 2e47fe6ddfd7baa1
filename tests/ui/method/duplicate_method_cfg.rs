//! errors: 1
//! M11

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);

    /// Requests refused.
    #[cfg(any())]
    #[counter(name = "requests_refused")]
    fn requests(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
    }
    recording.requests_calls().assert_once();
}
