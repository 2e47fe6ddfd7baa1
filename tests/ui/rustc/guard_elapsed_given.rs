//! errors: 1

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[histogram(name = "job_duration")]
    #[guard]
    fn jobs(&self, cached: bool, took: Duration);
}

fn main() {
    let job = NoOp.start_jobs(true);
    job.end(Duration::from_secs(1));
}
