//! errors: 2

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Lookups.
    #[counter(name = "lookups", labels(event = "hit"))]
    fn hit(&self);

    /// Size.
    #[gauge(labels(summary = "all"))]
    fn set_size(&self, size: u64);

    /// Waits.
    #[counter(labels(gauge = "all"))]
    #[log(off)]
    fn waits(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.hit();
    }
}
