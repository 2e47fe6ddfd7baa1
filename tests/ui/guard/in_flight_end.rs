//! errors: 1

use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Aborted,
}

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running", labels(cached, outcome))]
    fn jobs(&self, cached: bool, #[end(default = Outcome::Aborted)] outcome: Outcome);
}

fn main() {
    (&NoOp).start_jobs(true).end(Outcome::Done);
}
