//! errors: 1

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Time of the last run.
    #[gauge(observed)]
    #[guard]
    fn set_run(&self, took: Duration);
}

fn main() {
    NoOp.set_run(Duration::ZERO);
}
