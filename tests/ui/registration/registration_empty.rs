//! errors: 1

use telemetry::{Registry, metrics};

#[metrics(labels())]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    fn checkouts(&self);
}

fn main() {
    Registry::new().register::<dyn Metrics>().unwrap().checkouts();
}
