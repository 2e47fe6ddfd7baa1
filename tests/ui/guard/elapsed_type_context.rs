//! errors: 1

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[guard(elapsed = took)]
    fn jobs(&self, #[context] took: Duration);
}

fn main() {
    (&NoOp).start_jobs().end();
}
