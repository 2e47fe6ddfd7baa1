//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[gauge(in_flight)]
    fn jobs(&self, depth: u64);
}

fn main() {
    NoOp.jobs(7);
}
