//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Rows deleted.
    #[counter(value = rows)]
    #[counter(name = "bytes_deleted", value = size)]
    #[log(skip_zero)]
    fn rows_deleted(&self, rows: u64, size: u64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.rows_deleted(3, 4);
    }
    recording.rows_deleted_calls().assert_once();
}
