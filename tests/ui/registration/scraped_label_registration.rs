//! errors: 1

use telemetry::metrics;

#[metrics(labels(#[label(cap = 9)] instance: &str))]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    fn jobs(&self);
}

fn main() {}
