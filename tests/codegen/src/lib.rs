//! Functions whose machine code the tests look at: calls of `NoOp`, and what they are compared with.

use std::time::Duration;
use telemetry::{Label, Log, NoOp, metrics};

/// A closed label.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The first.
    Lease,
    /// The second.
    Insert,
}

/// A surface with every sort of parameter.
#[metrics]
pub trait Metrics {
    /// Failed steps.
    #[counter]
    fn failures(&self, stage: Stage);

    /// Requests served.
    #[counter]
    #[histogram(name = "request_duration")]
    fn requests(&self, #[label(cap = 64)] route: &str, took: Option<Duration>);

    /// Age of the oldest row.
    #[gauge(name = "lag", unit = seconds)]
    fn set_lag(&self, seconds: f64);
}

/// What a call of `NoOp` is to be.
#[inline(never)]
pub fn codegen_empty(stage: Stage, route: &str, seconds: f64) {
    let _ = (stage, route, seconds);
}

/// Three calls, as a generic caller makes them.
#[inline]
fn work<M: Metrics>(metrics: &M, stage: Stage, route: &str, seconds: f64) {
    metrics.failures(stage);
    metrics.requests(route, Some(Duration::from_secs_f64(1.5)));
    metrics.set_lag(seconds);
}

/// `NoOp` by static dispatch.
#[inline(never)]
pub fn codegen_noop_static(stage: Stage, route: &str, seconds: f64) {
    work(&NoOp, stage, route, seconds);
}

/// `NoOp` by static dispatch, held in what usually holds a back end.
#[inline(never)]
pub fn codegen_noop_held(stage: Stage, route: &str, seconds: f64) {
    work(&(&NoOp, Some(NoOp)), stage, route, seconds);
}

/// The control: `Log` does something.
#[inline(never)]
pub fn codegen_log_static(log: &Log, stage: Stage, route: &str, seconds: f64) {
    work(log, stage, route, seconds);
}

/// Makes the methods of `NoOp` that a `dyn` call ends in.
#[inline(never)]
#[must_use]
pub fn codegen_noop_object() -> &'static dyn Metrics {
    &NoOp
}

/// Makes the methods of `Log` that a `dyn` call ends in.
#[inline(never)]
#[must_use]
pub fn codegen_log_object(log: &Log) -> &dyn Metrics {
    log
}
