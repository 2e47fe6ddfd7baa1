//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Bytes that the kernel says it moved.
    #[counter(name = "moved", total = bytes)]
    fn read(&self, bytes: u64);

    /// Bytes that the kernel says it moved.
    #[counter(name = "moved", total = bytes)]
    fn written(&self, bytes: u64);
}

fn main() {
    NoOp.read(1);
    NoOp.written(1);
}
