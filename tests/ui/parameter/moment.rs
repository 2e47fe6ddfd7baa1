//! errors: 1

use telemetry::{NoOp, metrics};

use std::time::Instant;

#[metrics]
pub trait Metrics {
    /// How long a request took.
    #[histogram(name = "request_duration", unit = seconds)]
    fn requests(&self, started: Instant);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(Instant::now());
    }
}
