//! errors: 2

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Workers that are alive.
    #[gauge(initial = 0)]
    #[alert(below = 1)]
    fn set_workers(&self, n: u64);

    /// Balance.
    #[gauge(initial = 0)]
    #[alert(above = -1.5)]
    fn set_balance(&self, n: f64);

    /// Workers that were alive for some time.
    #[gauge(initial = 0)]
    #[alert(below = 1, for = "5m")]
    fn set_seniors(&self, n: u64);
}

fn main() {
    NoOp.set_workers(1);
    NoOp.set_balance(1.0);
    NoOp.set_seniors(1);
}
