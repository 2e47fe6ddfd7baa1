//! errors: 1
//! M16

use std::borrow::Cow;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, route: Option<Cow<'_, str>>);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests(None);
    }
    recording.requests_calls().assert_once();
}
