//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Deliveries that failed.
    #[counter]
    #[alert(ratio_above = 0.1, to = attempts, by(host))]
    fn failures(&self, #[label(cap = 64)] host: &str);

    /// Deliveries attempted.
    #[counter]
    fn attempts(&self, urgent: bool);
}

fn main() {}
