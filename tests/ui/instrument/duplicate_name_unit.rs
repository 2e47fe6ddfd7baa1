//! errors: 1
//! M11

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Age of the oldest row.
    #[gauge(unit = seconds)]
    fn set_lag(&self, lag: f64);

    /// Age of the oldest row, as read.
    #[gauge]
    fn set_lag_seconds(&self, lag: f64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.set_lag(1.0);
        metrics.set_lag_seconds(1.0);
    }
    recording.set_lag_calls().assert_once();
}
