//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics(initial = 0)]
pub trait Metrics {
    /// Workers that are alive.
    #[gauge]
    #[alert(below = 1)]
    fn set_workers(&self, n: u64);
}

fn main() {
    NoOp.set_workers(1);
}
