//! errors: 1
//! M13

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics<T> {
    /// Requests served.
    #[counter]
    fn requests(&self, cached: bool);
}

fn main() {
    let metrics: &dyn Metrics<u8> = &NoOp;
    metrics.requests(true);
}
