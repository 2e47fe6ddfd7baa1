//! errors: 1

use std::fmt::Display;
use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[histogram(name = "job_duration")]
    #[guard]
    fn jobs(&self, #[context] job: &dyn Display, took: Duration);
}

fn main() {
    (&NoOp).start_jobs(&7).end();
}
