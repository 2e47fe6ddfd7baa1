//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter(name = "jobs", initial = none)]
    fn done(&self);

    /// Jobs that failed.
    #[counter(name = "jobs")]
    fn failed(&self);
}

fn main() {
    NoOp.done();
    NoOp.failed();
}
