//! errors: 3

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Age of the queue.
    #[gauge(name = queue_age, unit = "seconds")]
    fn set_age(&self, age: f64);

    /// Failed steps.
    #[counter]
    fn failed(&self, #[label(cap = "64")] step: &str);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failed("a");
    }
}
