//! errors: 1

use telemetry::{NoOp, metrics};

use std::time::SystemTime;

#[metrics]
pub trait Metrics {
    /// When the last backup ended.
    #[gauge(unit = hertz)]
    fn set_last_backup(&self, at: SystemTime);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.set_last_backup(SystemTime::now());
    }
}
