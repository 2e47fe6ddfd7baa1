//! errors: 2

use telemetry::metrics;

const SCOPES: &[&str] = &["single", "other"];

#[metrics]
pub trait Metrics {
    /// Jobs.
    #[counter]
    fn jobs(&self, #[label(values = SCOPES)] scope: &str);

    /// Requests.
    #[counter]
    fn requests(&self, #[label(cap = 9, known = SCOPES, other = "single")] route: &str);
}

fn main() {}
