//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Failed jobs.
    #[counter]
    fn failures(
        &self,
        #[context]
        #[context]
        job: &str,
    );
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures("a");
    }
    recording.failures_calls().assert_once();
}
