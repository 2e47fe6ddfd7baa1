//! errors: 2

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs that wait.
    #[gauge(initial = 1)]
    fn set_waiting(&self, n: u64);

    /// Jobs done.
    #[counter(initial = "none")]
    fn done(&self);
}

fn main() {
    NoOp.set_waiting(1);
    NoOp.done();
}
