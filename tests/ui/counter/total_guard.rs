//! errors: 1

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Time that somebody else adds up.
    #[counter(total = took)]
    #[guard]
    fn work(&self, took: Duration);
}

fn main() {
    NoOp.work(Duration::ZERO);
}
