//! errors: 1
//! M3

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);

    /// Failures.
    #[counter]
    async fn failures(&self, fatal: bool);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
        let _ = metrics.failures(true);
    }
    recording.requests_calls().assert_once();
}
