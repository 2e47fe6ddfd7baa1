//! errors: 1

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[histogram(name = "job_wait", value = waited)]
    #[histogram(name = "job_duration", value = took)]
    #[guard(start_job)]
    fn jobs(&self, waited: Duration, took: Duration);
}

fn main() {
    (&NoOp).start_job(Duration::ZERO).end();
}
