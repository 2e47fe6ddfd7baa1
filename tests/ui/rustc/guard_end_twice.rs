//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self);
}

fn main() {
    let job = NoOp.start_jobs();
    job.end();
    job.discard();
}
