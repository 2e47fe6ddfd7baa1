//! errors: 1
//! M6

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);

    /// Failures.
    #[counter]
    fn failures(&self);

    fn all<T: IntoIterator<Item = u64>>(&self, counts: T) {
        counts.into_iter().for_each(|_| self.failures());
    }
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
        metrics.all([1, 2]);
    }
    recording.requests_calls().assert_once();
}
