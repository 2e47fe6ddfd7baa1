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
    fn jobs(&self, #[end(default = Outcome::Aborted)] outcome: Outcome, #[end] #[context] error: Option<&str>);
}

fn main() {
    NoOp.jobs(Outcome::Done, None);
    (&NoOp).start_jobs().end(Outcome::Done, None);
}
