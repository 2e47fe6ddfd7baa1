//! errors: 1

use telemetry::metrics;

#[metrics(namespace = "http.")]
pub trait Metrics {
    /// Requests.
    #[counter]
    fn requests(&self);
}

fn main() {}
