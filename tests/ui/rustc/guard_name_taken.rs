//! errors: 2

use telemetry::{NoOp, metrics};

/// Everything that is guarded.
pub struct MetricsGuards;

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self);
}

fn main() {
    NoOp.start_jobs().end();
}
