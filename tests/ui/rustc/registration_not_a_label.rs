//! errors: 1

use telemetry::metrics;

#[derive(Clone, Copy)]
pub struct Name(pub u8);

#[metrics(labels(pool: Name))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self);
}

fn main() {}
