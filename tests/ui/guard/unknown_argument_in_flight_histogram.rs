//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[histogram(in_flight, buckets = [1, 10])]
    fn jobs(&self, depth: u64);
}

fn main() {
    NoOp.jobs(7);
}
