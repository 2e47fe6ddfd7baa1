//! errors: 2

use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Failed,
}

#[metrics]
pub trait Metrics {
    /// Jobs finished.
    #[counter]
    #[log(level = warn, when(error = "no space left"))]
    #[alert(ratio_above = 0.1, matching(error = "no space left"))]
    fn jobs(&self, outcome: Outcome, #[context] error: Option<&str>);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.jobs(Outcome::Ok, None);
    }
    recording.jobs_calls().assert_once();
}
