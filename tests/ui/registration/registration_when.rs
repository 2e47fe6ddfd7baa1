//! errors: 1

use telemetry::metrics;

#[metrics(labels(shard: bool))]
pub trait Metrics {
    /// Ticks.
    #[counter]
    #[log(level = warn, when(shard = ["true"]))]
    fn ticks(&self, late: bool);
}

fn main() {}
