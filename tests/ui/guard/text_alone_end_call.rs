//! errors: 1

use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    #[label(other)]
    Aborted,
}

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[guard]
    fn jobs(&self, #[end(Outcome::from_str_lossy("aborted"))] outcome: Outcome);
}

fn main() {
    (&NoOp).start_jobs().end(Outcome::Done);
}
