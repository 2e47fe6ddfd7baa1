//! errors: 1

use telemetry::metrics;

#[metrics(namespace = "shop")]
pub trait Metrics {
    /// Orders taken.
    #[counter]
    fn orders(
        &self,
        #[label(cap = 1_000)] product: &str,
        #[label(cap = 1_000)] customer: &str,
        #[label(cap = 1_000)] city: &str,
    );
}

fn main() {}
