//! errors: 1

use telemetry::metrics;

type Route = String;

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, route: Route);
}

fn main() {}
