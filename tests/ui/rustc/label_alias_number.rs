//! errors: 1

use telemetry::metrics;

type Millis = u64;

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, took: Millis);
}

fn main() {}
