//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running", value = 1)]
    fn jobs(&self);
}

fn main() {
    (&NoOp).start_jobs().end();
}
