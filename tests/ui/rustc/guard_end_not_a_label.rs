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
    #[guard]
    fn jobs(&self, #[end(default = Outcome::Aborted)] outcome: Outcome);
}

fn main() {
    NoOp.start_jobs().end(Outcome::Done);
}
