//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Bytes that the kernel says it read.
    #[counter(total = bytes, initial = 0)]
    fn read(&self, bytes: u64);
}

fn main() {
    NoOp.read(1);
}
