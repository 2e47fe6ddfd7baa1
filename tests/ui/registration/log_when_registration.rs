//! errors: 2

use telemetry::metrics;

#[metrics(labels(#[label(cap = 16)] pool: &str))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    #[log(when(pool = "orders"))]
    fn checkouts(&self, reused: bool);

    /// Failures.
    #[counter]
    #[log(when(fatal = "true"), level = error)]
    #[log(when(pool = ["orders", "users"], fatal = "false"))]
    fn failures(&self, fatal: bool);
}

fn main() {}
