//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Bytes that the kernel says it read.
    #[counter(total = 5)]
    fn read(&self);
}

fn main() {
    NoOp.read();
}
