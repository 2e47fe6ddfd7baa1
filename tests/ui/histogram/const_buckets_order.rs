//! errors: 1
//! M15

use telemetry::metrics;

const SIZES: &[f64] = &[100.0, 1000.0, 500.0];

#[metrics]
pub trait Metrics {
    /// Size of a response.
    #[histogram(unit = bytes, buckets = SIZES)]
    fn response_size(&self, size: u64);
}

fn main() {}
