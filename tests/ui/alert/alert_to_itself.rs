//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    #[alert(ratio_above = 0.1, to = requests)]
    fn requests(&self, cached: bool);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(true);
    }
    recording.requests_calls().assert_once();
}
