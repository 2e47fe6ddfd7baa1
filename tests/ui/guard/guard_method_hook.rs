//! errors: 1

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[histogram(name = "job_duration")]
    #[guard(event)]
    fn jobs(&self, took: Duration);
}

fn main() {
    NoOp.jobs(Duration::ZERO);
}
