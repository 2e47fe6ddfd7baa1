//! errors: 1

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[histogram(name = "job_duration")]
    #[guard]
    fn jobs(&self, took: Duration);

    /// Jobs begun.
    #[counter]
    fn start_jobs(&self);
}

fn main() {
    NoOp.start_jobs();
}
