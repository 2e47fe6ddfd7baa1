//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Jobs.
    #[counter]
    fn jobs(&self, #[label(values = [])] scope: &str);
}

fn main() {}
