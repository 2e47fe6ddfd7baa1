//! errors: 1

use telemetry::metrics;

#[metrics(labels(#[label(cap = 9)] server_zone: &str))]
pub trait Metrics {
    /// Requests.
    #[counter]
    fn requests(&self, #[label(cap = 9, name = "server.zone")] zone: &str);
}

fn main() {}
