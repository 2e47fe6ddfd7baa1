//! errors: 1

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "rows")]
pub enum Stage {
    Lease,
    Insert,
}

#[metrics]
pub trait Metrics {
    /// Rows deleted.
    #[counter(value = rows)]
    fn rows_deleted(&self, stage: Stage, rows: u64);
}

fn main() {}
