//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self);

    /// Jobs found running at the start.
    #[up_down_counter(name = "jobs_running", value = count)]
    fn jobs_found(&self, count: u64);
}

fn main() {
    (&NoOp).start_jobs().end();
}
