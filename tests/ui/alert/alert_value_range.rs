//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Deliveries attempted.
    #[counter]
    #[alert(rate_above = 1, matching(attempt = "10"))]
    fn attempts(&self, #[label(range = 1..=9)] attempt: u8);
}

fn main() {}
