//! Every lint that a careful crate denies, with guards.

#![deny(warnings, missing_docs, unsafe_code, unreachable_pub, unused_qualifications, rust_2018_idioms)]
#![deny(clippy::all, clippy::pedantic, missing_debug_implementations, missing_copy_implementations)]
#![deny(
    elided_lifetimes_in_paths,
    single_use_lifetimes,
    unused_results,
    unused_lifetimes,
    let_underscore_drop
)]

use std::fmt::Display;
use std::time::Duration;
use telemetry::{Label, NoOp, metrics};

/// How a job ended.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Outcome {
    Done,
    Aborted,
}

/// A route.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 64)]
pub struct Route<'a>(&'a str);

/// What the service counts.
#[metrics(namespace = "pool", max_series = 10_000_000)]
pub trait Metrics {
    /// Requests done.
    #[counter]
    #[histogram(name = "request_duration", labels())]
    #[up_down_counter(in_flight, name = "requests_running", labels(route))]
    #[guard(start_request)]
    fn requests(
        &self,
        route: Route<'_>,
        #[label(cap = 9)] queue: Option<&str>,
        #[end(default = Outcome::Aborted)] outcome: Outcome,
        #[end(default = Route("none"))] next: Route<'_>,
        #[end]
        #[context]
        error: Option<&dyn Display>,
        took: Option<Duration>,
    );

    /// Time of a request.
    #[histogram]
    #[guard]
    #[deprecated = "nobody looks at it"]
    fn times(&self, took: Duration);

    /// A guard that nobody starts.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    fn jobs(&self);
}

/// A surface of this crate alone.
mod inner {
    use telemetry::metrics;

    /// What a module counts.
    #[metrics]
    pub(crate) trait Inner {
        /// Jobs done.
        #[counter]
        #[up_down_counter(in_flight, name = "jobs_running")]
        fn jobs(&self);
    }
}

fn main() {
    use inner::{InnerGuards as _, RecordingInner};
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        let request = metrics.start_request(Route("/"), Some("mail"));
        request.end(Outcome::Done, Route("/next"), Some(&"late"));
        metrics.start_request(Route("/"), None::<&str>).discard();
    }
    recording.requests_calls().route(Route("/")).next(Route("/next")).assert_once();
    recording.assert_none_in_flight();
    let recording = RecordingInner::default();
    let job = recording.start_jobs();
    job.end();
    recording.jobs_calls().assert_once();
}
