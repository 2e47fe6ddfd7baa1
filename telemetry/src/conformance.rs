//! Holds an implementation of a surface to the declaration: every method is called, with every label and the
//! values at the edges, and nothing may panic or be lost.
//!
//! A hand-written implementation takes one line in a test. One that exports something says how to find a metric
//! in it:
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
//! /// A back end of ours: the names that were recorded.
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
//! let report = conformance::check::<dyn Metrics>(&names, |metric| names.0.0.lock().unwrap().contains(metric.name));
//! assert!(report.calls >= 2);
//! ```
//!
//! A decorator is held to what it wraps: [`forwards`].
//!
//! # What is called
//!
//! Each value of each closed label, and all combinations of them up to 1,024 a method, above that all pairs.
//! Ranges at their ends and beyond; open labels with empty, hostile, long and wide text, or with the ends of
//! their integers; absent ones. Numbers: 0, 1, the greatest and the least, -0, NaN, infinities, absent. The last
//! call of each method is a plain one, with 1 for each number, so that a gauge has something to show.
//!
//! A method that takes an enum of another crate (`#[label(with = ...)]`) or a label that is implemented by hand
//! is called through the hook only, since nothing makes such a value of a text; [`Report::by_hook`] names them.
//! What calls the methods stands where the mock does: a surface whose mock is compiled out by `mock(cfg(...))`
//! fails.

mod arguments;
mod recorder;

pub use recorder::Recorder;

use crate::argument::is_no_argument;
use crate::catalog::{Catalog, Metric};
use crate::contain::discard;
use crate::event::{Event, SinkAdapter, Site};
use crate::surface::Surface;
use arguments::{Arguments, Plan};
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What was called.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// How many calls there were, those of the hook among them.
    pub calls: usize,
    /// The methods that were called through the hook only.
    pub by_hook: Vec<&'static str>,
}

/// Calls every method of a surface on a back end, and asserts that no call panics and that each metric appears
/// afterwards.
///
/// `appears` is asked for each metric when all has been called: whether the back end shows it, under whichever
/// of its names it has there.
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
///
/// # Panics
///
/// If a call panics, with that call; if a metric does not appear, with where it is declared; if the surface's
/// mock is compiled out.
#[track_caller]
pub fn check<S: Surface + ?Sized>(backend: &S, mut appears: impl FnMut(&Metric) -> bool) -> Report {
    let report = told(call_all(backend, |_| Ok(())));
    let catalog = Catalog::of::<S>();
    let missing: Vec<String> = catalog
        .metrics
        .iter()
        .filter(|metric| !appears(metric))
        .filter_map(|metric| {
            let feed = metric.methods.first()?;
            Some(format!("\n- `{}`, recorded by `{}` ({})", metric.names.family, feed.method, feed.source))
        })
        .collect();
    if !missing.is_empty() {
        let (count, of) = (missing.len(), catalog.metrics.len());
        fail(&format!(
            "{count} of {of} metrics do not appear, although their methods were called:{}",
            missing.concat()
        ));
    }
    report
}

/// Calls every method of a surface on a decorator, and asserts that each call reaches what it wraps, once and
/// as it was; and so does each event that comes through the hook.
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
///
/// # Panics
///
/// If a call panics, is lost, comes twice, or comes as another, with that call; if the surface's mock is
/// compiled out.
#[track_caller]
pub fn forwards<S: Surface + ?Sized>(decorate: impl FnOnce(SinkAdapter<Recorder>) -> Box<S>) -> Report {
    let recorder = Recorder::default();
    let decorator = decorate(SinkAdapter(recorder.clone()));
    let _ = recorder.take();
    told(call_all(&*decorator, |made| recorder.expect(made)))
}

/// One call that was made.
struct Made<'a> {
    site: &'static Site,
    arguments: &'a Arguments,
    by_hook: bool,
}

/// Calls all, up to the first that panics or that `seen` finds something wrong with.
fn call_all<S: Surface + ?Sized>(
    backend: &S,
    mut seen: impl FnMut(&Made<'_>) -> Result<(), String>,
) -> Result<Report, String> {
    if S::__SITES.len() != S::SCHEMA.events.len() {
        return Err(format!(
            "the methods of `{}` cannot be called by their names\nhelp: its mock is compiled out here, and what calls \
             them with it: widen `mock(cfg(...))`",
            S::SCHEMA.name
        ));
    }
    let mut report = Report { calls: 0, by_hook: Vec::new() };
    let mut fault = None;
    // Whether the call could be made.
    let mut make = |made: &Made<'_>, call: &dyn Fn()| {
        if fault.is_some() {
            return true;
        }
        match catch_unwind(AssertUnwindSafe(call)) {
            Err(payload) if is_no_argument(&*payload) => return false,
            Err(payload) => {
                fault = Some(format!("{made} panicked: {}", message(&*payload)));
                discard(payload);
            }
            Ok(()) => fault = seen(made).err().map(|fault| format!("{made} {fault}")),
        }
        report.calls += 1;
        true
    };
    for site in S::__SITES {
        let event = site.schema();
        let mut call = |arguments: &Arguments| {
            make(&Made { site, arguments, by_hook: false }, &|| {
                S::__call(backend, event.name, &arguments.labels, &arguments.values);
            })
        };
        let plan = Plan::new(event, &mut call);
        for arguments in plan.iter().flat_map(Plan::all) {
            call(&arguments);
        }
        if plan.is_none() {
            report.by_hook.push(event.name);
        }
        let arguments = plan.unwrap_or_else(|| Plan::first(event)).plain();
        make(&Made { site, arguments: &arguments, by_hook: true }, &|| {
            S::__hook(backend, &Event::new(site, &arguments.labels, &arguments.values));
        });
    }
    fault.map_or(Ok(report), Err)
}

/// The report, unless there is a fault: that is told at the caller's line.
#[track_caller]
fn told(report: Result<Report, String>) -> Report {
    match report {
        Ok(report) => report,
        Err(fault) => fail(&fault),
    }
}

/// As many bytes of a call are shown.
const SHOWN_MAX: usize = 400;

/// Prints the call.
impl fmt::Display for Made<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Arguments { labels, values } = self.arguments;
        let (labels, values) = (labels.iter().copied(), values.iter().copied());
        let call =
            fmt::from_fn(|f| self.site.schema().fmt_call(labels.clone(), values.clone(), f)).to_string();
        let shown = &call[..call.floor_char_boundary(SHOWN_MAX)];
        let cut = if shown.len() < call.len() { "..." } else { "" };
        let how = if self.by_hook { "the hook with " } else { "" };
        write!(f, "{how}`{shown}{cut}`")
    }
}

/// What a panic says.
fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no text)")
}

/// The one place where an assertion fails, at the caller's line.
#[track_caller]
#[allow(clippy::panic, reason = "a failing assertion of a test")]
fn fail(message: &str) -> ! {
    panic!("{message}")
}
