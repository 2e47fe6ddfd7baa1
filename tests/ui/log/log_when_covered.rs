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
    #[log(level = warn, when(outcome = ["failed", "timeout"]))]
    #[log(level = error, when(outcome = "timeout"))]
    fn jobs(&self, outcome: Outcome);

    /// Other jobs.
    #[counter]
    #[log(when(outcome = "failed"))]
    #[log(level = error, when(outcome = "failed", queue = "mail"))]
    fn other_jobs(&self, outcome: Outcome, #[label(cap = 8)] queue: &str);
}

fn main() {}
