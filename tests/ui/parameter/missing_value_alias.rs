//! errors: 2

use telemetry::{NoOp, metrics};

type Depth = u64;

#[metrics]
pub trait Metrics {
    /// Jobs that wait.
    #[gauge]
    fn set_depth(&self, depth: Depth);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.set_depth(1);
    }
}
