//! errors: 1

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "error")]
pub enum Kind {
    Io,
    Timeout,
}

#[metrics]
pub trait Metrics {
    /// Failed jobs.
    #[counter]
    fn failures(&self, kind: Kind, #[context] error: &str);
}

fn main() {}
