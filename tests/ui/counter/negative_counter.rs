//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// A connection closed.
    #[counter(name = "connections", value = -1)]
    fn closed(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.closed();
    }
    recording.closed_calls().assert_once();
}
