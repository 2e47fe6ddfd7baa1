//! errors: 2

use telemetry::metrics;

#[metrics(labels(pool: &str, shard: Option<u8>))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self);
}

fn main() {
    let _ = MetricsLabels { pool: "orders", shard: None };
}
