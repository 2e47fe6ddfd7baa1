//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    #[alert(ratio_above = 0.1, to = connections)]
    fn requests(&self, cached: bool);

    /// Attempts.
    #[counter]
    fn attempts(&self);

    /// Connections.
    #[up_down_counter]
    fn connections(&self, delta: i64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(true);
    }
    recording.requests_calls().assert_once();
}
