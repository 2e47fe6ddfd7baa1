//! errors: 2

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Failed jobs.
    #[counter]
    fn failures(&self, #[context] message: &str);

    /// Rows that wait.
    #[gauge(name = "queue_depth")]
    fn set_depth(&self, depth: u64, #[context] value: u64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures("no space left");
        metrics.set_depth(1, 2);
    }
    recording.failures_calls().assert_once();
}
