//! errors: 2

use telemetry::{NoOp, metrics};

pub type Flag = bool;
pub type Moment = std::time::SystemTime;

#[metrics]
pub trait Metrics {
    /// Requests that the cache answered.
    #[counter(value = cached)]
    fn requests(&self, #[value] cached: Flag);

    /// When the last backup ended.
    #[gauge]
    #[up_down_counter(name = "backup_at")]
    fn set_last_backup(&self, #[value] at: Moment);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(true);
    }
}
