//! errors: 1

use telemetry::{Registry, metrics};

#[metrics()]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self);
}

fn main() {
    struct Other;
    let _ = Registry::new().register::<Other>();
}
