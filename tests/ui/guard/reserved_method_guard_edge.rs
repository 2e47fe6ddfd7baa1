//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Edges seen.
    #[counter]
    fn guard_edge(&self);

    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self);
}

fn main() {
    (&NoOp).start_jobs().end();
}
