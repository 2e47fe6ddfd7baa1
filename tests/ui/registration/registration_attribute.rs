//! errors: 3

use telemetry::metrics;

#[metrics(labels(#[value] shard: bool, #[context] zone: bool, #[cfg(unix)] inbound: bool))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self);
}

fn main() {
    let _ = MetricsLabels { shard: true, zone: true, inbound: true };
}
