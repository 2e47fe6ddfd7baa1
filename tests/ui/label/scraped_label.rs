//! errors: 2

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    fn jobs(&self, #[label(cap = 9)] job: &str);

    /// Whether a peer is up.
    #[gauge]
    fn set_up(&self, #[label(cap = 9, name = "instance")] peer: &str, #[value] up: bool);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.jobs("mail");
        metrics.set_up("a", true);
    }
}
