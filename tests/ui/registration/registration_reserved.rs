//! errors: 3

use telemetry::metrics;

#[metrics(labels(le: bool, #[label(cap = 4)] event: &str, #[label(name = "a-b")] shard: bool))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self);
}

fn main() {}
