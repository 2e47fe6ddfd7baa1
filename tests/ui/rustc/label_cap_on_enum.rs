//! errors: 1

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    Insert,
}

#[metrics]
pub trait Metrics {
    /// Failed steps.
    #[counter]
    fn failures(&self, #[label(cap = 64)] stage: Stage);
}

fn main() {}
