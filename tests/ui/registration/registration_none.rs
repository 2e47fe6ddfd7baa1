//! errors: 1

use telemetry::metrics;

#[metrics(labels(#[label(cap = 4, none = "absent")] zone: &str))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self);
}

fn main() {}
