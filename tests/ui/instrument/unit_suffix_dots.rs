//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// The size of a body.
    #[gauge(name = "body.bytes", unit = bytes)]
    fn set_body(&self, size: u64);
}

fn main() {}
