//! errors: 4

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Rows deleted.
    #[counter(value = rows)]
    fn rows_deleted(&self, #[context] rows: u64);

    /// Jobs.
    #[counter(value = job)]
    fn jobs(&self, #[context] job: &str);

    /// Bytes sent.
    #[counter(value = bytes)]
    #[log(or_above = 3, on = tries)]
    fn sent(&self, bytes: u64, #[context] tries: u64);

    /// Seconds since the last job.
    #[gauge(name = "idle")]
    fn set_idle(&self, #[context] seconds: Option<f64>);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.rows_deleted(1);
        metrics.jobs("a");
        metrics.sent(1, 2);
        metrics.set_idle(None);
    }
    recording.sent_calls().assert_once();
}
