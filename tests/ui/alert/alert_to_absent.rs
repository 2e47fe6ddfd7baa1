//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Deliveries that failed.
    #[counter]
    #[alert(ratio_above = 0.1, to = attempts)]
    fn failures(&self);

    /// Deliveries attempted.
    #[cfg(any())]
    #[counter]
    fn attempts(&self);
}

fn main() {}
