//! errors: 1

use telemetry::metrics;

const ROUTES: &[&str] = &["/", "/health"];

#[metrics]
pub trait Metrics {
    /// Requests.
    #[counter]
    fn requests(&self, #[label(cap = 1, known = ROUTES)] route: &str);
}

fn main() {}
