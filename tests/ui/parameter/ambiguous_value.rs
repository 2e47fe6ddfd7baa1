//! errors: 1
//! M16

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Age of the oldest row.
    #[gauge]
    fn set_lag(&self, seconds: f64, rows: u64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.set_lag(3.0, 1);
    }
    recording.set_lag_calls().assert_once();
}
