//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    #[alert(rate_above = 1, matching(route = "/v1/organisations/{organisation}/members"))]
    fn requests(&self, #[label(cap = 64, max_len = 32)] route: &str);
}

fn main() {}
