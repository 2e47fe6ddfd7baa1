//! errors: 2

use telemetry::{NoOp, metrics};

use std::time::SystemTime;

#[metrics]
pub trait Metrics {
    /// Backups by the time at which they ended.
    #[up_down_counter]
    #[histogram(name = "backup_at", buckets = [1])]
    fn backups(&self, at: SystemTime);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.backups(SystemTime::now());
    }
}
