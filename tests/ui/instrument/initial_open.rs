//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter(initial = 0)]
    fn done(&self, ok: bool, #[label(cap = 8)] queue: &str);
}

fn main() {
    NoOp.done(true, "in");
}
