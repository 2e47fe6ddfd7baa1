//! errors: 3

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Jobs.
    #[counter]
    fn jobs(&self, #[label(values = ["single"], cap = 9)] scope: &str);

    /// Backups.
    #[counter]
    fn backups(&self, #[label(values = ["full"], known = ["full"], max_len = 40)] kind: &str);
}

fn main() {}
