//! errors: 2

use telemetry::{NoOp, metrics};

use std::time::SystemTime;

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, #[value] cached: bool);

    /// Backups.
    #[counter]
    fn backups(&self, at: SystemTime);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(true);
    }
}
