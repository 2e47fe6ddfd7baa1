//! errors: 1

use telemetry::{Event, NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self);
}

struct Decorator<M>(M);

impl<M: Metrics> Metrics for Decorator<M> {
    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
    }
}

fn main() {
    let metrics = Decorator(NoOp);
    let job = metrics.start_jobs();
    job.end();
}
