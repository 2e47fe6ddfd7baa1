//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    #[alert(ratio_above = 0.1, to = attempt)]
    fn requests(&self, cached: bool);

    /// Attempts.
    #[counter]
    fn attempts(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(true);
    }
    recording.requests_calls().assert_once();
}
