//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    #[gauge(name = "peer_last", value = peer)]
    fn requests(&self, #[value] peer: &str);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests("db");
    }
}
