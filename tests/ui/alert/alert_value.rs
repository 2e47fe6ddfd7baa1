//! errors: 1

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    Failed,
}

#[metrics]
pub trait Metrics {
    /// Deliveries attempted.
    #[counter]
    #[alert(ratio_above = 0.05, matching(outcome = ["failed", "Failed"]))]
    fn attempts(&self, outcome: Outcome);
}

fn main() {}
