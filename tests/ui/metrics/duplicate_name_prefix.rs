//! errors: 1
//! M11

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Open connections.
    #[gauge]
    fn set_connections(&self, count: u64);

    /// A connection opened.
    #[up_down_counter(value = 1)]
    fn connections(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.set_connections(1);
        metrics.connections();
    }
    recording.set_connections_calls().assert_once();
}
