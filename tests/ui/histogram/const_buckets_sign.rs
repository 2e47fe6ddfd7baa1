//! errors: 1

use telemetry::metrics;

const SIZES: &[f64] = &[-1.0, 1.0];

#[metrics]
pub trait Metrics {
    /// Size of a response.
    #[histogram(unit = bytes, buckets = SIZES)]
    fn response_size(&self, size: u64);
}

fn main() {}
