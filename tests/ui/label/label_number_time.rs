//! errors: 1

use telemetry::{NoOp, metrics};

use std::time::SystemTime;

#[metrics]
pub trait Metrics {
    /// Backups.
    #[counter]
    fn backups(&self, #[label(cap = 9)] at: SystemTime);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.backups(SystemTime::now());
    }
}
