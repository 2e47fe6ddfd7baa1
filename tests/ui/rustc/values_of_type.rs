//! errors: 2

use telemetry::metrics;

#[derive(Clone, Copy)]
pub enum Scope {
    Single,
}

#[metrics]
pub trait Metrics {
    /// Jobs.
    #[counter]
    fn jobs(&self, #[label(values = ["single", "since"])] scope: Scope);
}

fn main() {}
