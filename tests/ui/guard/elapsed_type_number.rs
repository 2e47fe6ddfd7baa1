//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[histogram(value = seconds, unit = seconds)]
    #[guard(elapsed = seconds)]
    fn jobs(&self, seconds: f64);
}

fn main() {
    (&NoOp).start_jobs().end();
}
