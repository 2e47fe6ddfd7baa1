//! errors: 2

use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Aborted,
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 64)]
pub struct Route<'a>(pub &'a str);

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[guard]
    fn jobs(&self, #[end] outcome: Outcome);

    /// Uploads done.
    #[counter]
    #[guard]
    fn uploads(&self, #[end] route: Route<'_>);
}

fn main() {
    (&NoOp).start_jobs().end(Outcome::Done);
    (&NoOp).start_uploads().end(Route("/"));
}
