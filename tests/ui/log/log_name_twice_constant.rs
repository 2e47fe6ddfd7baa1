//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Lookups.
    #[counter(name = "lookups", labels(result = "hit"))]
    #[log("lookup")]
    fn hit(&self);

    /// Lookups.
    #[counter(name = "lookups", labels(result = "miss"))]
    #[log("lookup")]
    fn miss(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.hit();
    }
}
