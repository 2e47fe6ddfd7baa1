//! errors: 1

use telemetry::metrics;

#[metrics(labels(#[label(cap = 64)] pool: &str), max_series = 100)]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self, reused: bool);
}

fn main() {}
