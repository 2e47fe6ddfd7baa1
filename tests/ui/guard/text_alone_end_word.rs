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
    #[guard]
    fn jobs(&self, #[end(Aborted)] outcome: Outcome);
}

fn main() {
    (&NoOp).start_jobs().end(Outcome::Done);
}
