//! errors: 2

use telemetry::metrics;

const SCOPES: &[&str] = &["single", "since", "single"];
const ROUTES: [&str; 2] = ["/", "/"];

#[metrics]
pub trait Metrics {
    /// Jobs.
    #[counter]
    fn jobs(&self, #[label(values = SCOPES)] scope: &str);

    /// Requests.
    #[counter]
    fn requests(&self, #[label(cap = 9, known = ROUTES)] route: &str);
}

fn main() {}
