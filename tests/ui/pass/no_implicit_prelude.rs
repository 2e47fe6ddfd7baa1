//! M17: nothing of the prelude is needed.

#![no_implicit_prelude]

use ::core::prelude::v1::{Clone, Copy, Debug, Eq, PartialEq, derive};
use ::core::{assert_eq, default::Default};
use ::telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
    #[label(other)]
    Unknown,
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "type", cap = 64, known = ["email.sent"])]
pub struct EventType<'a>(pub &'a str);

#[metrics(namespace = "e2a", max_series = 1000)]
pub trait Metrics {
    /// Failed steps.
    #[counter]
    #[log("failure")]
    fn failures(&self, stage: Stage, event_type: EventType<'_>, retried: ::core::option::Option<bool>);

    /// Time of a request.
    #[histogram]
    #[log(every = 60, or_above = 1.0)]
    fn request_duration(&self, took: ::core::option::Option<::core::time::Duration>);

    /// Age of the oldest row.
    #[gauge(unit = seconds)]
    #[alert(above = 30.0)]
    fn set_lag(&self, #[label(cap = 9)] queue: &str, lag: f64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures(Stage::from_str_lossy("?"), EventType("email.sent"), ::core::option::Option::None);
        metrics.request_duration(::core::option::Option::None);
        metrics.set_lag("mail", 1.0);
    }
    recording.failures_calls().stage(Stage::Unknown).assert_once();
    assert_eq!(recording.set_lag_calls().last().lag, 1.0);
}
