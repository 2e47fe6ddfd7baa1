//! errors: 1

use std::fmt::Display;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self, #[context] parent: Option<&(dyn Display + Sync)>);
}

fn main() {
    (&NoOp).start_jobs(Some(&7)).end();
}
