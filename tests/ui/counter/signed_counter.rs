//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Rows deleted.
    #[counter(value = count)]
    fn rows_deleted(&self, count: i64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.rows_deleted(3);
    }
    recording.rows_deleted_calls().assert_once();
}
