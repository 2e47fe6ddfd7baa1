//! errors: 1

use std::time::Duration;
use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Time to serve a request.
    #[histogram(buckets = [0.1, 1.0, 5.0])]
    #[alert(quantile = 0.99, above = 5.0)]
    fn served(&self, took: Duration);
}

fn main() {}
