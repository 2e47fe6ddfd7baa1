//! errors: 1
//! M15

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(
        &self,
        cached: bool,
        #[label(cap = 64)] route: &str,
        #[label(cap = 64, name = "route")] path: &str,
    );
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(true, "/", "/");
    }
    recording.requests_calls().assert_once();
}
