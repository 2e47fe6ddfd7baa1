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
    #[log(when(outcom = "failed"))]
    fn jobs(&self, outcome: Outcome);

    /// Other jobs.
    #[counter]
    #[log(when(status = "5xx"))]
    fn other_jobs(&self, outcome: Outcome, #[label(cap = 8)] queue: &str);
}

fn main() {}
