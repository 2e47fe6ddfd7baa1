//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Whether the link is up.
    #[gauge(unit = ratio)]
    fn set_link_up(&self, #[value] up: bool);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.set_link_up(true);
    }
}
