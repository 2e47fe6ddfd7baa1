//! errors: 1
//! M16

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, route: [u8; 4]);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests([127, 0, 0, 1]);
    }
    recording.requests_calls().assert_once();
}
