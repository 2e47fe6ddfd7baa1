//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Failed jobs.
    #[counter]
    fn failures(&self, #[label(name = "error", cap = 64)] kind: &str, #[context] error: &str);

    /// The same, without a line.
    #[counter]
    #[log(off)]
    fn silent(&self, #[label(name = "error", cap = 64)] kind: &str, #[context] error: &str);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures("io", "no space left");
        metrics.silent("io", "no space left");
    }
    recording.failures_calls().assert_once();
}
