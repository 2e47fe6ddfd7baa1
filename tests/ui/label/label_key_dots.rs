//! errors: 3

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests.
    #[counter]
    fn requests(
        &self,
        #[label(cap = 9, name = "http..route")] route: &str,
        #[label(cap = 9, name = "user.")] user: &str,
        #[label(cap = 9, name = "_._name")] name: &str,
    );
}

fn main() {}
