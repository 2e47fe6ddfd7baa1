//! errors: 1

use telemetry::metrics;

#[metrics(labels(#[label(range = 0..=3)] core: u8))]
pub trait Metrics {
    /// Ticks.
    #[counter]
    #[alert(rate_above = 1, matching(core = "3"))]
    #[alert(rate_above = 2, matching(cpu = "1"), name = "Other")]
    fn ticks(&self);
}

fn main() {}
