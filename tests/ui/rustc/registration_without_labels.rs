//! errors: 1

use telemetry::{Registry, metrics};

#[metrics(labels(#[label(cap = 16)] pool: &str))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self);
}

fn main() {
    let _ = Registry::new().register::<dyn Metrics>();
}
