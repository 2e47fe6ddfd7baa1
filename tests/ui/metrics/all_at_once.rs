//! errors: 19

use std::fmt::Display;
use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(rename = "phase")]
pub enum Stage {
    Lease,
    #[label(rename = "lease")]
    Insert,
}

#[metrics(namespace = "Check-Out", max_serie = 100)]
pub trait Metrics: Clone {
    type Key;

    #[counter]
    fn requests(&self, route: &str, #[label] status: u16, took: f64);

    /// Failed steps.
    #[countr]
    fn failures(&self, stage: Stage);

    /// Failed steps, with the reason.
    #[counter]
    fn failures_explained<T: Display>(&mut self, reason: T) -> bool;

    /// Age of the oldest row.
    #[gauge(unit = ms)]
    #[log("publisher lag", every = 1)]
    #[alert(above = 30.0, for = "soon")]
    fn set_lag(&self, lag: f64);

    /// Size of a response.
    #[histogram(unit = bytes, buckets = [100, 10])]
    fn response_size(&self, size: u64);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests("/", 200, 0.5);
        metrics.failures(Stage::Lease);
        metrics.set_lag(1.0);
        metrics.response_size(10);
    }
    recording.requests_calls().route("/").status(200).assert_once();
    recording.failures_calls().stage(Stage::Lease).assert_once();
}
