//! errors: 5

use telemetry::metrics;

#[metrics(labels(#[label(cap = 16)] pool: &str, shard: bool))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self, pool: bool);

    /// Reuses.
    #[counter(labels(pool = "orders"))]
    fn reuses(&self);

    /// Failures.
    #[counter]
    fn failures(&self, #[context] pool: &str);

    /// Rows.
    #[counter(value = shard)]
    fn rows(&self, shard: u64, #[label(name = "shard")] own: bool);
}

fn main() {}
