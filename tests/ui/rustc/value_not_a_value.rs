//! errors: 1

use telemetry::metrics;

#[derive(Clone, Copy)]
pub struct Bytes(pub u64);

#[metrics]
pub trait Metrics {
    /// Bytes sent.
    #[counter(value = size)]
    fn sent(&self, #[value] size: Bytes);
}

fn main() {}
