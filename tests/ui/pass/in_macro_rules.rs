//! M17: a surface that a `macro_rules` declares, with types, names and literals that it captured.

use std::time::Duration;
use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Lease,
}

macro_rules! surface {
    (
        $name:ident { $($method:ident($param:ident: $type:ty) as $metric:literal, $help:expr;)* }
        cap $cap:literal, every $every:literal, above $above:literal, unit $unit:ident, buckets $buckets:expr
    ) => {
        #[metrics(namespace = "e2a", max_series = 1000)]
        pub trait $name {
            $(
                #[doc = $help]
                #[counter(name = $metric)]
                fn $method(&self, $param: $type);
            )*

            /// Time of a request.
            #[histogram(unit = $unit, buckets = $buckets, labels(result = "hit"))]
            fn request_duration(&self, took: Duration, #[label(cap = $cap)] route: &str);

            /// Rows that wait.
            #[gauge]
            #[log("rows", every = $every, or_above = $above)]
            #[alert(above = $above)]
            fn set_rows(&self, rows: u64);
        }
    };
}

surface! {
    Metrics {
        failures(stage: Stage) as "steps_failed", "Failed steps.";
        requests(cached: Option<bool>) as "requests_served", "Requests served.";
    }
    cap 64, every 60, above 30, unit seconds, buckets [0.1, 1.0]
}

/// A label, too.
macro_rules! label {
    ($name:ident($type:ty) cap $cap:literal) => {
        #[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
        #[label(cap = $cap)]
        pub struct $name(pub $type);
    };
}

label!(Route(&'static str) cap 9);

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.failures(Stage::Lease);
        metrics.requests(None);
        metrics.request_duration(Duration::ZERO, Route("/").0);
        metrics.set_rows(3);
    }
    recording.failures_calls().stage(Stage::Lease).assert_once();
    recording.request_duration_calls().route("/").assert_once();
}
