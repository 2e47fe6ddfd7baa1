//! errors: 3

use std::time::Instant;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Numbers that are too wide, moments, and one absence in another.
    #[counter]
    fn failures(&self, #[context] id: u128, #[context] start: Instant, #[context] size: Option<Option<u64>>);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures(1, Instant::now(), None);
    }
    recording.failures_calls().assert_once();
}
