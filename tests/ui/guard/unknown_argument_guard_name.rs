//! errors: 1

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[histogram(name = "job_duration")]
    #[guard(name = "start_job")]
    fn jobs(&self, took: Duration);
}

fn main() {
    (&NoOp).start_jobs().end();
}
