//! errors: 1
//! M13

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics<const N: usize> {
    /// Requests served.
    #[counter]
    fn requests(&self, cached: bool);
}

fn main() {
    let metrics: &dyn Metrics<1> = &NoOp;
    metrics.requests(true);
}
