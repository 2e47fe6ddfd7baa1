//! errors: 1
//! M16

use std::fmt::Display;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, route: &dyn Display);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(&"/");
    }
    recording.requests_calls().assert_once();
}
