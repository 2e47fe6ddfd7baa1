//! errors: 1

// Off by default: of `let _ = ...` rustc says nothing unless it is asked to.
#![deny(let_underscore_drop)]

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self);
}

fn main() {
    let _ = NoOp.start_jobs();
}
