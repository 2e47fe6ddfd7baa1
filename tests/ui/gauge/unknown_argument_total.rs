//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Bytes that are there.
    #[gauge(total = bytes)]
    fn set_bytes(&self, bytes: u64);
}

fn main() {
    NoOp.set_bytes(1);
}
