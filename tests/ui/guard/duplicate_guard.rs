//! errors: 1

use std::time::Duration;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Reads.
    #[histogram(name = "read_duration")]
    #[guard(start_query)]
    fn reads(&self, took: Duration);

    /// Writes.
    #[histogram(name = "write_duration")]
    #[guard(start_query)]
    fn writes(&self, took: Duration);
}

fn main() {
    (&NoOp).start_query().end();
}
