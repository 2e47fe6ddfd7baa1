//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Error of the clock.
    #[histogram(unit = seconds, buckets = [-0.5, 0.0, 0.5], signed, native)]
    fn clock_error(&self, error: f64);
}

fn main() {
    NoOp.clock_error(0.1);
}
