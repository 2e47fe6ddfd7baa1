//! errors: 1
//! M15

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Rows deleted.
    #[counter(value = count, value = count)]
    fn rows_deleted(&self, count: u64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.rows_deleted(3);
    }
    recording.rows_deleted_calls().assert_once();
}
