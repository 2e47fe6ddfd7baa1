//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    fn jobs(&self);

    /// Jobs that were made.
    #[gauge]
    fn set_jobs_created(&self, n: u64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.jobs();
        metrics.set_jobs_created(1);
    }
    recording.jobs_calls().assert_once();
}
