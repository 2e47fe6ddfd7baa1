//! errors: 1

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[guard(start_job)]
    fn jobs(&self, #[context] id: u64, #[context] took: Duration);
}

fn main() {
    (&NoOp).start_job(7, Duration::ZERO).end();
}
