//! errors: 2

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Jobs.
    #[counter]
    fn jobs(&self, #[label(values = "single")] scope: &str);

    /// Requests.
    #[counter]
    fn requests(&self, #[label(cap = 9, known = vec!["/"])] route: &str);
}

fn main() {}
