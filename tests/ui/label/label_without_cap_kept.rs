//! errors: 2

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter(labels())]
    #[counter(name = "requests_by_route", labels(route))]
    fn requests(&self, route: &str, error: &str, #[label] code: u16);

    /// Requests refused.
    #[counter(labels(code))]
    fn refused(&self, error: &str, #[label] code: u16);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests("/", "none", 200);
    }
    recording.requests_calls().error("none").code(200).assert_once();
}
