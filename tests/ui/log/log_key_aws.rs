//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Lookups.
    #[counter]
    fn lookups(&self, #[label(name = "_aws")] remote: bool);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.lookups(true);
    }
}
