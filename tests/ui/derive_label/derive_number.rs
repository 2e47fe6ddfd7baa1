//! errors: 1
//! M16

use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq)]
#[label(cap = 64)]
pub struct Ratio(pub f64);

#[metrics]
pub trait Metrics {
    /// Failed steps.
    #[counter]
    fn failures(&self, ratio: Ratio);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures(Ratio(0.5));
    }
    recording.failures_calls().ratio(Ratio(0.5)).assert_once();
}
