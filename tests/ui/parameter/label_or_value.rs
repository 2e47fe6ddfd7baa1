//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Failed logins.
    #[counter]
    fn failures(
        &self,
        #[label(range = 0..=9)]
        #[value]
        attempts: u64,
    );
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures(3);
    }
    recording.failures_calls().assert_once();
}
