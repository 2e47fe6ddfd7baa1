//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics(namespace = "app", suffixes = off)]
pub trait Metrics {
    /// Requests served.
    #[counter(suffixes = on)]
    fn requests(&self);

    /// OpenMetrics has no two families of one name.
    #[gauge(name = "requests")]
    fn set_requests(&self, n: u64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
        metrics.set_requests(1);
    }
    recording.requests_calls().assert_once();
}
