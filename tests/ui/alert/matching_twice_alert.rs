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
    #[alert(ratio_above = 0.05, matching(outcome = ["failed", "failed"]))]
    fn jobs(&self, outcome: Outcome);
}

fn main() {}
