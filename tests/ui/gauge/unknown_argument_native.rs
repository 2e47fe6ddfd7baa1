//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs that wait.
    #[gauge(native)]
    fn waiting(&self, jobs: u64);
}

fn main() {
    NoOp.waiting(1);
}
