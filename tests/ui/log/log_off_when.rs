//! errors: 2

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
    #[log(off, when(outcome = "ok"))]
    fn jobs(&self, outcome: Outcome);

    /// Other jobs.
    #[counter]
    #[log(off)]
    #[log(when(outcome = "failed"))]
    fn other_jobs(&self, outcome: Outcome);
}

fn main() {}
