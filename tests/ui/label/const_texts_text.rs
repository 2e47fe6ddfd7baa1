//! errors: 2

use telemetry::metrics;

const SCOPES: &[&str] = &["single", ""];
const LONG: &[&str] = &["/a/path/that/is/longer/than/the/limit"];

#[metrics]
pub trait Metrics {
    /// Jobs.
    #[counter]
    fn jobs(&self, #[label(values = SCOPES)] scope: &str);

    /// Requests.
    #[counter]
    fn requests(&self, #[label(cap = 9, known = LONG, max_len = 32)] route: &str);
}

fn main() {}
