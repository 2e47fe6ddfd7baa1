//! errors: 1

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Failed,
    Timeout,
}

#[metrics]
pub trait Metrics {
    /// Jobs finished.
    #[counter]
    #[log("job.finished")]
    #[log("job.failed", level = warn, when(outcome = "failed"))]
    fn jobs(&self, outcome: Outcome);
}

fn main() {}
