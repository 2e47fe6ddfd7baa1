//! errors: 1

use telemetry::metrics;

#[metrics(labels(#[label(cap = 16)] pool: &str))]
pub trait Metrics {
    /// Checkouts.
    #[counter(labels(pool, reused))]
    fn checkouts(&self, reused: bool);
}

fn main() {}
