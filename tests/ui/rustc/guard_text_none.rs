//! errors: 2

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self, #[label(cap = 16)] queue: Option<&str>);
}

fn main() {
    let job = NoOp.start_jobs(None);
    job.end();
}
