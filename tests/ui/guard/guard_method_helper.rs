//! errors: 1

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[histogram(name = "job_duration")]
    #[guard(begin)]
    fn jobs(&self, took: Duration);

    fn begin(&self) {}
}

fn main() {
    NoOp.begin();
}
