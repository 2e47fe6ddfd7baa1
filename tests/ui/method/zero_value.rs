//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// A connection closed.
    #[up_down_counter(name = "connections", value = 0)]
    fn closed(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.closed();
    }
    recording.closed_calls().assert_once();
}
