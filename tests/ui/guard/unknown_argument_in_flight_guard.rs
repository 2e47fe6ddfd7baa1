//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[guard(in_flight)]
    fn jobs(&self);
}

fn main() {
    (&NoOp).start_jobs().end();
}
