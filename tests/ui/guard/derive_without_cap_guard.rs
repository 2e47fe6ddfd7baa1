//! errors: 1

use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route<'a>(pub &'a str);

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self, route: Route<'_>);
}

fn main() {
    NoOp.start_jobs(Route("/")).end();
}
