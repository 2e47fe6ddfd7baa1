//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Connections.
    #[gauge(observed, initial = 0)]
    fn set_connections(&self, n: u64);
}

fn main() {
    NoOp.set_connections(1);
}
