//! errors: 2

use telemetry::metrics;

#[metrics(labels(pool: bool, pool: bool, #[label(name = "pool")] of: bool))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self);
}

fn main() {}
