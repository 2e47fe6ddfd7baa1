//! errors: 1
//! M12

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics
where
    Self: Sized,
{
    /// Requests served.
    #[counter]
    fn requests(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
    }
    recording.requests_calls().assert_once();
}
