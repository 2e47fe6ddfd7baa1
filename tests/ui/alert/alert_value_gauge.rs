//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Jobs that wait.
    #[gauge]
    #[alert(above = 100, matching(queue = "other"))]
    fn set_depth(&self, #[label(cap = 8)] queue: &str, jobs: u64);
}

fn main() {}
