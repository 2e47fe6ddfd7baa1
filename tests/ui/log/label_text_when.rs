//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Jobs finished.
    #[counter]
    #[log(when(queue = ""))]
    fn jobs(&self, #[label(cap = 8)] queue: &str);
}

fn main() {}
