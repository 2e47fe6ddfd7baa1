//! errors: 1

#![deny(warnings)]

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self);
}

fn main() {
    NoOp.start_jobs();
}
