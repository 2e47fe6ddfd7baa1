//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Jobs.
    #[counter]
    fn jobs(&self, #[label(values = ["1", "2"])] priority: u8);
}

fn main() {}
