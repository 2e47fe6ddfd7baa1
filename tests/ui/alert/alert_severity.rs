//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Age of the oldest row.
    #[gauge(unit = seconds)]
    #[alert(above = 30.0, severity = "wake up")]
    fn set_lag(&self, lag: f64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.set_lag(3.0);
    }
    recording.set_lag_calls().assert_once();
}
