//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Jobs.
    #[counter]
    #[alert(rate_above = 1.0, matching(scope = "snice"))]
    fn jobs(&self, #[label(values = ["single", "since"])] scope: &str);
}

fn main() {}
