//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter(in_flight)]
    fn jobs(&self);
}

fn main() {
    NoOp.jobs();
}
