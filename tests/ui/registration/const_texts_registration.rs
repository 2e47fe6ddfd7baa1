//! errors: 1

use telemetry::metrics;

const ZONES: &[&str] = &["a", "a"];

#[metrics(labels(#[label(values = ZONES)] zone: &str))]
pub trait Metrics {
    /// Jobs.
    #[counter]
    fn jobs(&self);
}

fn main() {}
