//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests that the cache answered.
    #[counter(value = cached)]
    fn requests(&self, #[value] cached: bool);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(true);
    }
}
