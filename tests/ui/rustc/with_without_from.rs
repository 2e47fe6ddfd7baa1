//! errors: 1

use telemetry::{Label, metrics};

#[derive(Clone, Copy)]
pub enum Plan {
    Free,
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanLabel {
    Free,
}

#[metrics]
pub trait Metrics {
    /// Sign-ups.
    #[counter]
    fn sign_ups(&self, #[label(with = PlanLabel)] plan: Plan);
}

fn main() {}
