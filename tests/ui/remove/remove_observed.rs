//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Age of the oldest job.
    #[gauge(observed, unit = seconds)]
    fn set_age(&self, #[label(cap = 64)] queue: &str, seconds: f64);

    /// The queue was deleted.
    #[remove(age)]
    fn queue_gone(&self, queue: &str);
}

fn main() {
    NoOp.set_age("in", 1.0);
    NoOp.queue_gone("in");
}
