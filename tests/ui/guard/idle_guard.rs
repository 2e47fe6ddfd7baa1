//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[guard]
    fn jobs(&self, cached: bool);
}

fn main() {
    (&NoOp).start_jobs(true).end();
}
