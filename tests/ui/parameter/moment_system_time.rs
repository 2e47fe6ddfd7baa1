//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// When the last backup was.
    #[gauge(unit = seconds)]
    fn set_last_backup(&self, at: std::time::SystemTime);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.set_last_backup(std::time::SystemTime::now());
    }
}
