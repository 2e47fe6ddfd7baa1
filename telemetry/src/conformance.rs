//! Tests an implementation of a surface against the declaration: calls every method with every label and with
//! edge values, and asserts that no call panics or is lost.
//!
//! A test of a hand-written implementation is one line. For a back end that exports its metrics, the test
//! also passes a function that looks for a metric:
//!
//! ```
//! use std::collections::BTreeSet;
//! use std::sync::Mutex;
//! use telemetry::{Event, Sink, SinkAdapter, conformance, metrics};
//!
//! #[metrics(namespace = "mailer")]
//! pub trait Metrics {
//!     /// Mails handed to the server.
//!     #[counter]
//!     fn sent(&self, urgent: bool);
//! }
//!
//! /// A back end that keeps the names of recorded metrics.
//! #[derive(Default)]
//! struct Names(Mutex<BTreeSet<&'static str>>);
//!
//! impl Sink for Names {
//!     fn record(&self, event: &Event<'_>) {
//!         self.0.lock().unwrap().extend(event.measurements().map(|recorded| recorded.instrument.name));
//!     }
//! }
//!
//! let names = SinkAdapter(Names::default());
//! let report = conformance::check::<dyn Metrics>(&names, |metric| {
//!     names.0.0.lock().unwrap().contains(metric.name)
//! });
//! assert!(report.calls >= 2);
//! ```
//!
//! [`forwards`] tests a decorator against the implementation that it wraps.
//!
//! # The calls
//!
//! | parameter | values |
//! |---|---|
//! | closed label | each value; all combinations, up to 1,024 a method; all pairs beyond that |
//! | range | both ends, and integers beyond them |
//! | open label | empty, hostile, long and wide text, or the least and greatest integers |
//! | context | hostile text, edge numbers |
//! | optional label, value or context | absent |
//! | number | 0, 1, the greatest and the least, -0, NaN, infinities |
//!
//! The last call of each method has plain labels and 1 for each number, so that a gauge has a number.
//!
//! A guard of each method that has one starts and ends, with each value of the labels of what is in flight.
//!
//! Methods with `#[remove(..)]` are called twice: first of all, when no series exists yet, and last, with the
//! labels of what was recorded. A back end that removes series finds them by
//! [`Event::removals`](crate::Event::removals). After [`check`], a test can ask it what is left.
//!
//! A method that takes an enum of another crate (`#[label(with = ...)]`) or a hand-written label is called
//! through the hook only, since nothing converts a text into such a value. [`Report::by_hook`] names these
//! methods. The code that calls the methods is compiled together with the mock: a surface whose mock is
//! compiled out by `mock(cfg(...))` fails the test.

mod arguments;
mod call;
mod guards;
mod recorder;

pub use recorder::Recorder;

use crate::argument::is_no_argument;
use crate::catalog::{Catalog, Metric};
use crate::contain::discard;
use crate::event::{Event, Site};
use crate::sink::SinkAdapter;
use crate::surface::Surface;
use arguments::{Arguments, Plan};
use call::{MadeCall, message};
use guards::Guarded;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The result of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The number of calls, with those of the hook.
    pub calls: usize,
    /// The methods that were called through the hook only.
    pub by_hook: Vec<&'static str>,
    /// The number of guards that were started and ended. They make no calls.
    pub guards: usize,
    /// The number of calls that remove series. They are among `calls`.
    pub removals: usize,
}

/// Calls every method of a surface on a back end, starts and ends its guards, and asserts that nothing panics
/// and that each metric appears afterwards.
///
/// `appears` runs for each metric after all calls that record. It returns whether the back end has the
/// metric, under any of its names.
///
/// # Panics
///
/// Panics if a call or a guard panics (prints it), if a metric does not appear (prints its declaration), or
/// if the surface's mock is compiled out.
///
/// # Examples
///
/// ```
/// # #[telemetry::metrics]
/// # pub trait Metrics {
/// #     /// Mails handed to the server.
/// #     #[counter]
/// #     fn sent(&self, urgent: bool);
/// # }
/// use telemetry::conformance;
///
/// let mock = RecordingMetrics::default();
/// conformance::check::<dyn Metrics>(&mock, |_| mock.uncovered().is_empty());
/// ```
#[track_caller]
pub fn check<S: Surface + ?Sized>(backend: &S, mut appears: impl FnMut(&Metric) -> bool) -> Report {
    unwrap_report(call_all(backend, None, || find_missing::<S>(&mut appears)))
}

/// Fails if a metric does not appear, with the declarations of those.
fn find_missing<S: Surface + ?Sized>(appears: &mut impl FnMut(&Metric) -> bool) -> Result<(), String> {
    let catalog = Catalog::of::<S>();
    let missing: Vec<String> = catalog
        .metrics
        .iter()
        .filter(|metric| !appears(metric))
        .filter_map(|metric| {
            let method = metric.methods.first()?;
            let by = if method.in_flight { "counted by the guards of" } else { "recorded by" };
            let in_flight = if method.in_flight { GUARD_EDGE_HELP } else { "" };
            Some(format!(
                "\n- `{}`, {by} `{}` ({}){in_flight}",
                metric.names.family, method.method, method.source
            ))
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let count = missing.len();
    let of = catalog.metrics.len();
    Err(format!(
        "{count} of {of} metrics do not appear, although their methods were called:{}",
        missing.concat()
    ))
}

/// Calls every method of a surface on a decorator, and asserts that each call arrives at the wrapped
/// implementation, once and unchanged. Does the same for events that come through the hook, and for the start
/// and the end of each guard: these must arrive once, and keep the time that the wrapped implementation sets.
///
/// # Panics
///
/// Panics if a call or an edge of a guard panics, is lost, arrives twice, or arrives changed (prints it), or
/// if the surface's mock is compiled out.
///
/// # Examples
///
/// ```
/// # #[telemetry::metrics]
/// # pub trait Metrics {
/// #     /// Mails handed to the server.
/// #     #[counter]
/// #     fn sent(&self, urgent: bool);
/// # }
/// use telemetry::{Event, conformance};
///
/// struct Loud<M>(M);
///
/// impl<M: Metrics> Metrics for Loud<M> {
///     fn sent(&self, urgent: bool) {
///         println!("sent");
///         self.0.sent(urgent);
///     }
///
///     fn event(&self, event: &Event<'_>) {
///         self.0.event(event);
///     }
/// }
///
/// conformance::forwards::<dyn Metrics>(|inner| Box::new(Loud(inner)));
/// ```
#[track_caller]
pub fn forwards<S: Surface + ?Sized>(decorate: impl FnOnce(SinkAdapter<Recorder>) -> Box<S>) -> Report {
    let recorder = Recorder::default();
    let decorator = decorate(SinkAdapter(recorder.clone()));
    let _ = recorder.take();
    unwrap_report(call_all(&*decorator, Some(&recorder), || Ok(())))
}

/// The help for a back end without the in-flight counts.
const GUARD_EDGE_HELP: &str = "\n  help: count it in `guard_edge`, by `GuardEdge::in_flight`";

/// Makes all calls, then starts and ends all guards, up to the first that panics or that the recorder
/// rejects. Series are removed before anything is recorded, and again after `verify`.
fn call_all<S: Surface + ?Sized>(
    backend: &S,
    recorder: Option<&Recorder>,
    verify: impl FnOnce() -> Result<(), String>,
) -> Result<Report, String> {
    if S::__SITES.len() != S::SCHEMA.events.len() {
        return Err(format!(
            "the methods of `{}` cannot be called by their names\nhelp: `mock(cfg(...))` compiles \
             out the mock, and the code that calls the methods with it: widen the `cfg`",
            S::SCHEMA.name
        ));
    }
    let report = Report { calls: 0, by_hook: Vec::new(), guards: 0, removals: 0 };
    let mut caller = Caller { backend, recorder, report };
    let mut guarded = Vec::new();
    caller.remove()?;
    for (index, site) in S::__SITES.iter().enumerate().filter(|(_, site)| !removes(site)) {
        let plan = caller.call_each(site)?;
        guarded.extend(Guarded::new(site, index, plan));
    }
    for guarded in &guarded {
        caller.report.guards += guarded.start_and_end(backend, recorder)?;
    }
    verify()?;
    caller.remove()?;
    Ok(caller.report)
}

/// Returns whether a call of the event removes series.
fn removes(site: &Site) -> bool {
    !site.schema().removes.is_empty()
}

/// The calls of one test.
struct Caller<'a, S: ?Sized> {
    backend: &'a S,
    recorder: Option<&'a Recorder>,
    report: Report,
}

impl<S: Surface + ?Sized> Caller<'_, S> {
    /// Makes all calls that remove series.
    fn remove(&mut self) -> Result<(), String> {
        let before = self.report.calls;
        for site in S::__SITES.iter().filter(|site| removes(site)) {
            self.call_each(site)?;
        }
        self.report.removals += self.report.calls - before;
        Ok(())
    }

    /// Makes all calls of an event, by its method and through the hook.
    fn call_each(&mut self, site: &'static Site) -> Result<Plan, String> {
        let event = site.schema();
        let mut fault = None;
        let mut call = |arguments: &Arguments| {
            let made = MadeCall { site, arguments, by_hook: false };
            let call = || {
                let Arguments { labels, values, context } = arguments;
                S::__call(self.backend, event.name, labels, values, context);
            };
            // After a fault, nothing is called any more.
            fault.is_some()
                || self.make(&made, &call).unwrap_or_else(|error| {
                    fault = Some(error);
                    true
                })
        };
        let plan = Plan::new(event, &mut call);
        for arguments in plan.iter().flat_map(Plan::all) {
            call(&arguments);
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
        if plan.is_none() && !self.report.by_hook.contains(&event.name) {
            self.report.by_hook.push(event.name);
        }
        let plan = plan.unwrap_or_else(|| Plan::first(event));
        let arguments = plan.plain();
        self.make(&MadeCall { site, arguments: &arguments, by_hook: true }, &|| {
            let event = Event::new(site, &arguments.labels, &arguments.values);
            S::__hook(self.backend, &event.with_context(&arguments.context));
        })?;
        Ok(plan)
    }

    /// Makes one call. Returns whether the method has such arguments.
    fn make(&mut self, made: &MadeCall<'_>, call: &dyn Fn()) -> Result<bool, String> {
        match catch_unwind(AssertUnwindSafe(call)) {
            Err(payload) if is_no_argument(&*payload) => return Ok(false),
            Err(payload) => {
                let fault = format!("{made} panicked: {}", message(&*payload));
                discard(payload);
                return Err(fault);
            }
            Ok(()) => {
                let verified = self.recorder.map_or(Ok(()), |recorder| recorder.expect(made));
                verified.map_err(|fault| format!("{made} {fault}"))?;
            }
        }
        self.report.calls += 1;
        Ok(true)
    }
}

/// Returns the report, or fails with the fault at the caller's line.
#[track_caller]
fn unwrap_report(report: Result<Report, String>) -> Report {
    match report {
        Ok(report) => report,
        Err(fault) => fail(&fault),
    }
}

/// Fails an assertion, at the caller's line.
#[track_caller]
#[allow(clippy::panic, reason = "a failing assertion of a test")]
fn fail(message: &str) -> ! {
    panic!("{message}")
}
