//! errors: 1

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[histogram(name = "job_duration")]
    #[guard(elapsed = took)]
    fn jobs(&self, #[end] took: Option<Duration>);
}

fn main() {
    (&NoOp).start_jobs().end(None);
}
