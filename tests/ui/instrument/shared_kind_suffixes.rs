//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics(namespace = "app")]
pub trait Metrics {
    /// A connection opened.
    #[up_down_counter(name = "connections", value = 1)]
    fn opened(&self);

    /// A connection closed.
    #[up_down_counter(name = "connections", value = -1, suffixes = off)]
    fn closed(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.opened();
        metrics.closed();
    }
    recording.opened_calls().assert_once();
}
