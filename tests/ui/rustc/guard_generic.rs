//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self);
}

struct Worker<M> {
    metrics: M,
}

/// `(&self.metrics).start_jobs()` compiles, and so does `M: Metrics + Clone`.
impl<M: Metrics> Worker<M> {
    fn work(&self) {
        let job = self.metrics.start_jobs();
        job.end();
    }
}

fn main() {
    Worker { metrics: NoOp }.work();
}
