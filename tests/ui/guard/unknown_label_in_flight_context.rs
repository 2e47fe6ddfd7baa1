//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running", labels(job))]
    fn jobs(&self, #[context] job: u64);
}

fn main() {
    (&NoOp).start_jobs(7).end();
}
