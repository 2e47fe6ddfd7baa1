//! errors: 1

use telemetry::metrics;

#[derive(Clone, Copy)]
pub struct Tenant(pub u64);

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, tenant: Tenant);
}

fn main() {}
