//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests.
    #[counter]
    #[counter(name = "requests_all", labels(urgent))]
    #[slo(objective = 0.99, good(urgent = "true"))]
    fn requests(&self, urgent: bool);
}

fn main() {}
