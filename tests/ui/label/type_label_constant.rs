//! errors: 1
//! M15

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "stage")]
pub enum Stage {
    Lease,
    Insert,
}

#[metrics]
pub trait Metrics {
    /// Failed steps.
    #[counter(labels(stage = "all"))]
    fn failures(&self, at: Stage);
}

fn main() {}
