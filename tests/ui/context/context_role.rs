//! errors: 2

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Failed jobs.
    #[counter]
    fn failures(
        &self,
        #[context]
        #[label(cap = 64)]
        job: &str,
        #[value]
        #[context]
        attempt: u64,
    );
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures("a", 1);
    }
    recording.failures_calls().assert_once();
}
