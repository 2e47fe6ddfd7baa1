//! errors: 3

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests.
    #[counter]
    #[alert(rate_above = 1, labels(severity = "page"))]
    #[alert(rate_above = 2, labels(urgent = "yes"), name = "Urgent")]
    #[alert(rate_above = 3, labels(team = "a", team = "b"), name = "Team")]
    fn requests(&self, urgent: bool);
}

fn main() {}
