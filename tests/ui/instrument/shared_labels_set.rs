//! errors: 1

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    Insert,
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Single,
    Since,
}

#[metrics]
pub trait Metrics {
    /// Jobs that were started.
    #[counter(name = "jobs")]
    fn started(&self, stage: Stage);

    /// Jobs that were asked for.
    #[counter(name = "jobs")]
    fn asked(&self, #[label(name = "stage")] scope: Scope);
}

fn main() {}
