use std::time::Duration;
use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Read,
    Write,
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Failed,
    Aborted,
}

/// What begins and ends: labels that are known at the start and at the end, time, and what is in flight.
#[metrics(namespace = "pool", mock(cfg(test)))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    #[histogram(name = "checkout_wait", labels(), value = waited)]
    #[counter(name = "checkout_rows", labels(), value = rows)]
    #[up_down_counter(in_flight, name = "checkouts_waiting", labels(kind, queue))]
    #[guard(start_checkout)]
    fn checkouts(
        &self,
        kind: Kind,
        #[label(cap = 16)] queue: &str,
        #[end(default = Outcome::Aborted)] outcome: Outcome,
        waited: Duration,
        #[end] rows: Option<u64>,
    );
}
