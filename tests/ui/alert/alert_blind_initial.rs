//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Panics.
    #[counter(initial = none)]
    #[alert(rate_above = 0)]
    fn panics(&self);
}

fn main() {
    NoOp.panics();
}
