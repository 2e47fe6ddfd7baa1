//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics(namespace = "app")]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);

    /// Requests served, as they were called before.
    #[counter(name = "requests_total", suffixes = off)]
    fn served(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
        metrics.served();
    }
    recording.requests_calls().assert_once();
}
