//! errors: 1
//! M15

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Time of a request.
    #[histogram(unit = milliseconds)]
    fn request_duration(&self, took: f64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.request_duration(3.0);
    }
    recording.request_duration_calls().assert_once();
}
