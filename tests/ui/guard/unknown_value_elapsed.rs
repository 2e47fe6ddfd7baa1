//! errors: 2

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[histogram(name = "job_duration")]
    #[guard(elapsed = time)]
    fn jobs(&self, took: Duration);

    /// Uploads done.
    #[counter]
    #[guard(elapsed = took)]
    fn uploads(&self);
}

fn main() {
    (&NoOp).start_jobs().end();
    (&NoOp).start_uploads().end();
}
