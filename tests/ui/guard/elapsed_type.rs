//! errors: 1

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[histogram(value = took)]
    #[guard(start_job, elapsed = cached)]
    fn jobs(&self, cached: bool, took: Duration);
}

fn main() {
    (&NoOp).start_job(true).end();
}
