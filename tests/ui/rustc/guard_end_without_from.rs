//! errors: 1

use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Failed,
    Aborted,
}

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[guard]
    fn jobs(&self, #[end(default = Outcome::Aborted)] outcome: Outcome);
}

fn main() {
    let job = NoOp.start_jobs();
    let result = "7".parse::<u64>();
    job.end(&result);
}
