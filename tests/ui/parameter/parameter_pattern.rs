//! errors: 1
//! M8

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);

    /// Failures.
    #[counter]
    fn failures(&self, (code, count): (u8, u64));
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
        metrics.failures((1, 2));
    }
    recording.requests_calls().assert_once();
}
