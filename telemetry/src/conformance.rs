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
use crate::event::Event;
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
}

/// Calls every method of a surface on a back end, starts and ends its guards, and asserts that nothing panics
/// and that each metric appears afterwards.
///
/// `appears` runs for each metric after all calls. It returns whether the back end has the metric, under any
/// of its names.
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
    let report = unwrap_report(call_all(backend, None));
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
    if !missing.is_empty() {
        let count = missing.len();
        let of = catalog.metrics.len();
        fail(&format!(
            "{count} of {of} metrics do not appear, although their methods were called:{}",
            missing.concat()
        ));
    }
    report
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
    unwrap_report(call_all(&*decorator, Some(&recorder)))
}

/// The help for a back end without the in-flight counts.
const GUARD_EDGE_HELP: &str = "\n  help: count it in `guard_edge`, by `GuardEdge::in_flight`";

/// Makes all calls, then starts and ends all guards, up to the first that panics or that the recorder
/// rejects.
fn call_all<S: Surface + ?Sized>(backend: &S, recorder: Option<&Recorder>) -> Result<Report, String> {
    if S::__SITES.len() != S::SCHEMA.events.len() {
        return Err(format!(
            "the methods of `{}` cannot be called by their names\nhelp: `mock(cfg(...))` compiles \
             out the mock, and the code that calls the methods with it: widen the `cfg`",
            S::SCHEMA.name
        ));
    }
    let mut report = Report { calls: 0, by_hook: Vec::new(), guards: 0 };
    let mut guarded = Vec::new();
    let mut fault = None;
    // Returns whether the call could be made.
    let mut make = |made: &MadeCall<'_>, call: &dyn Fn()| {
        if fault.is_some() {
            return true;
        }
        match catch_unwind(AssertUnwindSafe(call)) {
            Err(payload) if is_no_argument(&*payload) => return false,
            Err(payload) => {
                fault = Some(format!("{made} panicked: {}", message(&*payload)));
                discard(payload);
            }
            Ok(()) => {
                let verified = recorder.map_or(Ok(()), |recorder| recorder.expect(made));
                fault = verified.err().map(|fault| format!("{made} {fault}"));
            }
        }
        report.calls += 1;
        true
    };
    for (index, site) in S::__SITES.iter().enumerate() {
        let event = site.schema();
        let mut call = |arguments: &Arguments| {
            make(&MadeCall { site, arguments, by_hook: false }, &|| {
                let Arguments { labels, values, context } = arguments;
                S::__call(backend, event.name, labels, values, context);
            })
        };
        let plan = Plan::new(event, &mut call);
        for arguments in plan.iter().flat_map(Plan::all) {
            call(&arguments);
        }
        if plan.is_none() {
            report.by_hook.push(event.name);
        }
        let plan = plan.unwrap_or_else(|| Plan::first(event));
        let arguments = plan.plain();
        make(&MadeCall { site, arguments: &arguments, by_hook: true }, &|| {
            let event = Event::new(site, &arguments.labels, &arguments.values);
            S::__hook(backend, &event.with_context(&arguments.context));
        });
        guarded.extend(Guarded::new(site, index, plan));
    }
    if let Some(fault) = fault {
        return Err(fault);
    }
    for guarded in &guarded {
        report.guards += guarded.start_and_end(backend, recorder)?;
    }
    Ok(report)
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
