//! Functions whose machine code the tests look at: calls of `NoOp` and of a registry, and what they are
//! compared with.

use std::fmt::Display;
use std::time::Duration;
use telemetry::registry::Instruments;
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

    /// Steps that were lost.
    #[counter]
    fn losses(&self, stage: Stage, #[context] job: &str, #[context] error: Option<&dyn Display>);
}

/// A surface of one counter.
#[metrics]
pub trait Plain {
    /// Steps that were lost.
    #[counter]
    fn losses(&self, stage: Stage);
}

/// The same with context.
#[metrics]
pub trait WithContext {
    /// Steps that were lost.
    #[counter]
    fn losses(&self, stage: Stage, #[context] job: &str, #[context] error: Option<&dyn Display>);
}

/// An open label that a guard keeps.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 64)]
pub struct Tenant<'a>(pub &'a str);

/// A surface with guards.
#[metrics]
pub trait Guarded {
    /// Jobs done.
    #[counter]
    #[histogram(name = "job_duration", labels(stage))]
    #[up_down_counter(in_flight, name = "jobs_running", labels(stage, route))]
    #[guard(start_job)]
    fn jobs(
        &self,
        stage: Stage,
        #[label(cap = 64)] route: &str,
        #[end(default = Stage::Lease)] last: Stage,
        #[end]
        #[context]
        error: Option<&dyn Display>,
        took: Duration,
    );

    /// Leases.
    #[up_down_counter(in_flight, name = "leases")]
    fn lease(&self, tenant: Tenant<'_>);
}

/// What a call of `NoOp` is to be.
#[inline(never)]
pub fn codegen_empty(stage: Stage, route: &str, seconds: f64) {
    let _ = (stage, route, seconds);
}

/// Four calls, as a generic caller makes them.
#[inline]
fn work<M: Metrics>(metrics: &M, stage: Stage, route: &str, seconds: f64) {
    metrics.failures(stage);
    metrics.requests(route, Some(Duration::from_secs_f64(1.5)));
    metrics.set_lag(seconds);
    metrics.losses(stage, route, Some(&seconds));
}

/// A registry's counter, to compare with [`codegen_registry_context`].
#[inline(never)]
pub fn codegen_registry_plain(metrics: &Instruments<dyn Plain>, stage: Stage, _: &str, _: &dyn Display) {
    metrics.losses(stage);
}

/// A registry's counter with context, which it does not look at.
#[inline(never)]
pub fn codegen_registry_context(
    metrics: &Instruments<dyn WithContext>,
    stage: Stage,
    job: &str,
    error: &dyn Display,
) {
    metrics.losses(stage, job, Some(error));
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

/// Guards of `NoOp` by static dispatch: one that ends, one that is dropped.
#[inline(never)]
pub fn codegen_noop_guards(stage: Stage, route: &str, seconds: f64) {
    guarded(&NoOp, stage, route, seconds);
}

/// A guard of `NoOp` that keeps an open label, which is a `String`.
#[inline(never)]
pub fn codegen_noop_kept(_: Stage, route: &str, _: f64) {
    let _lease = NoOp.start_lease(Tenant(route));
}

/// Guards of a registry by static dispatch.
#[inline(never)]
pub fn codegen_registry_guards(metrics: &Instruments<dyn Guarded>, stage: Stage, route: &str, seconds: f64) {
    guarded(&metrics, stage, route, seconds);
}

/// The control of [`codegen_noop_guards`].
#[inline(never)]
pub fn codegen_log_guards(log: &Log, stage: Stage, route: &str, seconds: f64) {
    guarded(&log, stage, route, seconds);
}

#[inline]
fn guarded<M: Guarded + Clone>(metrics: &M, stage: Stage, route: &str, seconds: f64) {
    let job = metrics.start_job(stage, route);
    let _dropped = metrics.start_job(stage, route);
    job.end(stage, Some(&seconds));
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
