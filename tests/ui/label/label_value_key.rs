//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Rows deleted.
    #[counter(value = rows)]
    fn rows_deleted(&self, rows: u64, #[label(cap = 64, name = "rows")] table: &str);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.rows_deleted(3, "messages");
    }
    recording.rows_deleted_calls().assert_once();
}
