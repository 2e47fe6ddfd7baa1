//! errors: 1

use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy)]
pub union Stage {
    code: u8,
}

#[metrics]
pub trait Metrics {
    /// Failed steps.
    #[counter]
    fn failures(&self, stage: Stage);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures(Stage { code: 1 });
    }
    recording.failures_calls().stage(Stage { code: 1 }).assert_once();
}
