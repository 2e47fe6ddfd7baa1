//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Connections by state.
    #[gauge(observed, name = "connections")]
    fn set_connections(&self, #[label(cap = 16)] state: &str, n: u64);

    /// Connections by state.
    #[gauge(name = "connections")]
    fn set_default_connections(&self, #[label(cap = 16)] state: &str, n: u64);
}

fn main() {
    NoOp.set_connections("idle", 1);
    NoOp.set_default_connections("idle", 1);
}
