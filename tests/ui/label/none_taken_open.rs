//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, #[label(cap = 64, none = "other")] route: Option<&str>);
}

fn main() {}
