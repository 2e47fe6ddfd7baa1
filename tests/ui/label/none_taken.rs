//! errors: 1

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    Hit,
    Miss,
    None,
}

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, cache: Option<Cache>);
}

fn main() {}
