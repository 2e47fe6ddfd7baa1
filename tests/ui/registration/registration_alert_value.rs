//! errors: 1

use telemetry::metrics;

#[metrics(labels(#[label(range = 0..=3)] core: u8))]
pub trait Metrics {
    /// Ticks.
    #[counter]
    #[alert(rate_above = 1, matching(core = "7"))]
    fn ticks(&self);
}

fn main() {}
