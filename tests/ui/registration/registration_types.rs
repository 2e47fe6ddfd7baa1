//! errors: 3

use telemetry::metrics;

#[metrics(labels(pool: String, ratio: f64, name: str))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self);
}

fn main() {
    let _ = MetricsLabels { pool: "orders".to_owned(), ratio: 1.0, name: "primary" };
}
