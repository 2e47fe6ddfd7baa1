//! errors: 1

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[histogram(name = "job_wait", value = waited)]
    #[histogram(name = "job_duration", value = took)]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self, waited: Duration, took: Option<Duration>);
}

fn main() {
    (&NoOp).start_jobs(None).end();
}
