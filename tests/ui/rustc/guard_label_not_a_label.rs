//! errors: 1

use telemetry::{NoOp, metrics};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Aborted,
}

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self, outcome: Outcome);
}

fn main() {
    NoOp.start_jobs(Outcome::Done).end();
}
