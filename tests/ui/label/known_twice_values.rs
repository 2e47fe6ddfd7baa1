//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Jobs.
    #[counter]
    fn jobs(&self, #[label(values = ["single", "since", "single"])] scope: &str);
}

fn main() {}
