//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics(namespace = "app")]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);

    /// The name in OTLP and statsd is without `_total`, too.
    #[gauge(unit = seconds, was = "app_requests_seconds")]
    fn set_age(&self, seconds: f64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
        metrics.set_age(1.0);
    }
    recording.requests_calls().assert_once();
}
