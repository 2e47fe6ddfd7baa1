//! errors: 1

use telemetry::metrics;

const SCOPES: &[&str] = &[];

#[metrics]
pub trait Metrics {
    /// Jobs.
    #[counter]
    fn jobs(&self, #[label(values = SCOPES)] scope: &str);
}

fn main() {}
