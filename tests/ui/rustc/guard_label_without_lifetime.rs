//! errors: 4

use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 64)]
pub struct Customer<'a>(pub &'a str);

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self, customer: Customer);

    /// Calls done.
    #[counter]
    #[guard]
    fn calls(&self, #[end(default = Customer("none"))] customer: Customer);
}

fn main() {
    NoOp.start_jobs(Customer("a")).end();
    NoOp.start_calls().end(Customer("a"));
}
