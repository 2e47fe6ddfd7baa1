//! errors: 2

use telemetry::metrics;

type Route<'a> = &'a str;

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, route: Route<'_>);
}

fn main() {}
