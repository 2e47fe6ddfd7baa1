//! errors: 2

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Jobs.
    #[counter]
    fn jobs(&self, #[label(values = ["single", "other"])] scope: &str);

    /// Backups.
    #[counter]
    fn backups(&self, #[label(values = ["full", "rest"], other = "rest")] kind: &str);
}

fn main() {}
