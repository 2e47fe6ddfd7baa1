//! errors: 1

use telemetry::Label;
use telemetry::{NoOp, metrics};

#[derive(Label, Clone, Copy)]
#[label(cap = 64)]
pub struct Queue<'a>(pub &'a str);

#[metrics]
pub trait Metrics {
    /// Age of the oldest job.
    #[gauge(unit = seconds)]
    fn set_age(&self, #[label(cap = 64)] queue: &str, seconds: f64);

    /// Jobs done.
    #[counter]
    fn jobs(&self, queue: Queue<'_>);

    /// The queue was deleted.
    #[remove(jobs)]
    fn queue_gone(&self, queue: &str);
}

fn main() {
    NoOp.set_age("in", 1.0);
    NoOp.queue_gone("in");
}
