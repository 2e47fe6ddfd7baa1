//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Jobs finished.
    #[counter(value = n)]
    #[log(when(n = "1"))]
    fn jobs(&self, n: u64);
}

fn main() {}
