//! errors: 1

use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);

    /// Requests refused.
    #[counter]
    fn refused(&self);
}

struct Mine;

impl Metrics for Mine {
    fn requests(&self) {}
}

fn main() {
    Mine.requests();
    Mine.refused();
}
