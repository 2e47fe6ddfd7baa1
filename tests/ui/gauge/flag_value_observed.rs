//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Connections by state.
    #[gauge(observed = true)]
    fn set_connections(&self, #[label(cap = 16)] state: &str, n: u64);
}

fn main() {
    NoOp.set_connections("idle", 1);
}
