//! errors: 1

use telemetry::{Registry, metrics};

#[metrics()]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self);
}

fn main() {
    let _ = Registry::new().register_with::<dyn Metrics>(());
}
