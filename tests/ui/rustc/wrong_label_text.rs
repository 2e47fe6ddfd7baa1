//! errors: 1

use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    Insert,
}

#[metrics]
pub trait Metrics {
    /// Failed steps.
    #[counter]
    fn failures(&self, stage: Stage);
}

fn main() {
    NoOp.failures("lease");
}
