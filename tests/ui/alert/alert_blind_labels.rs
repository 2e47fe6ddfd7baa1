//! errors: 2

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests.
    #[counter]
    #[alert(ratio_above = 0, matching(failed = "true"))]
    fn requests(&self, #[label(cap = 64)] route: &str, failed: bool);

    /// Jobs.
    #[counter]
    #[alert(rate_above = 0, by(urgent))]
    fn jobs(&self, #[label(cap = 64)] queue: &str, urgent: bool);
}

fn main() {}
