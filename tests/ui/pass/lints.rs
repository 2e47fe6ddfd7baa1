//! M17: every lint that a careful crate denies.

#![deny(warnings, missing_docs, unsafe_code, unreachable_pub, unused_qualifications, rust_2018_idioms)]
#![deny(clippy::all, clippy::pedantic, missing_debug_implementations, missing_copy_implementations)]
#![deny(elided_lifetimes_in_paths, single_use_lifetimes, unused_results, unused_lifetimes)]

use std::time::Duration;
use telemetry::{Label, NoOp, metrics};

/// The step that failed.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
enum Stage {
    Lease,
    #[label(other)]
    Unknown,
}

/// A webhook event's type.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 64)]
struct EventType<'a>(&'a str);

/// What the service counts.
#[metrics(namespace = "e2a", max_series = 1000)]
trait Metrics {
    /// Failed steps.
    #[counter]
    #[inline]
    fn failures(&self, stage: Stage, event_type: EventType<'_>);

    /// Time of a request.
    #[histogram]
    #[deprecated = "nobody looks at it"]
    fn request_duration(&self, took: Duration);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures(Stage::Lease, EventType("email.sent"));
    }
    recording.failures_calls().event_type(EventType("email.sent")).assert_once();
    assert_eq!(recording.uncovered(), ["request_duration"]);
    assert_eq!(Stage::from_str_lossy("?"), Stage::Unknown);
}
