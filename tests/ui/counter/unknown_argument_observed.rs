//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Bytes that the server says it sent.
    #[counter(observed, value = bytes)]
    fn sent(&self, bytes: u64);
}

fn main() {
    NoOp.sent(1);
}
