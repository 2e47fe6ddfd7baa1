//! errors: 1

use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self);
}

/// `(&metrics).start_jobs()` compiles, and so does an `Arc<dyn Metrics>`.
fn work(metrics: Box<dyn Metrics>) {
    let job = metrics.start_jobs();
    job.end();
}

fn main() {
    work(Box::new(NoOp));
}
