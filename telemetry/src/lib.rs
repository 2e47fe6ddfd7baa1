// The rendered documentation has no files of the repository, so its links to them lead to modules: the first
// definition of a link counts.
#![doc = "[page]: prometheus/fn.serve.html"]
#![doc = "[outbox-metrics]: catalog/index.html"]
#![doc = ""]
#![doc = include_str!("../README.md")]
//!
//! # Where to begin
//!
//! 1. [Ten lines that run](#ten-lines-that-run) and [a whole service](#a-whole-service), above.
//! 2. The attribute [`metrics`](macro@metrics) for declarations, and [`Label`](trait@Label) for labels.
//! 3. [`Registry`] for totals and [`Log`] for lines; [`mock`] for tests.
//! 4. The exporter that you need, and [`catalog`] to keep dashboards and alerts in step.
//!
//! # Modules
//!
//! | module | purpose | feature |
//! |---|---|---|
//! | [`label`], [`value`], [`context`] | parameters of events: labels and their bounds, numbers, context | |
//! | [`event`] | [`Event`], and [`Sink`] for back ends of your own; [`GuardEdge`] for those that time or count operations | |
//! | [`schema`] | a declaration as constants | |
//! | [`log`] | one line per call, through `tracing` | lines and queue: `log-lines` |
//! | [`mock`] | the recording mock | |
//! | [`registry`] | totals per series, snapshots | |
//! | [`prometheus`] | text, OpenMetrics, HTTP | `prometheus`, `prometheus-http`, `prometheus-server` |
//! | [`otlp`] | push to an OpenTelemetry collector | `otlp` |
//! | [`statsd`] | push to statsd or Datadog's agent | `statsd` |
//! | [`export`] | the guard of an exporter that pushes | `otlp`, `statsd`, `pipeline`, `prometheus-server` |
//! | [`pipeline`] | back ends from a file or the environment | `pipeline` |
//! | [`collectors`] | metrics of the build, the process and a runtime | none, `process`, `tokio` |
//! | [`catalog`] | generated files, the lock | `catalog` |
//! | [`conformance`] | checks a back end of your own | `catalog` |
//! | [`guide`] | guides | |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(
        feature = "catalog",
        feature = "otlp",
        feature = "pipeline",
        feature = "prometheus-server",
        feature = "statsd"
    )),
    allow(rustdoc::broken_intra_doc_links, reason = "to modules that are features")
)]

// The macros name the library by this name, here too.
extern crate self as telemetry;

// The layers, top to bottom. Each knows only those below it. `ARCHITECTURE.md` has the files that a call, a
// scrape and a declaration pass.
//
//   private                the items that an expansion may name
//   conformance            calls every method of a surface, to check a back end
//   catalog                generates documents from a declaration: pages, the lock, rules, a dashboard
//   collectors             surfaces of the build, the process and a runtime, ready to register
//   pipeline               starts the back ends that a configuration names
//   statsd                 pushes a registry in datagrams
//   prometheus             renders a registry as text, and serves it by HTTP
//   otlp                   pushes a registry to an OpenTelemetry collector
//   export                 the thread, the guard and the metrics of exporters that push
//   setting                the rules for values of variables, files and setters
//   mock                   records calls for tests, and adds them up through a registry
//   registry               adds up, for exporters that read snapshots
//   log  noop              handle each call by itself
//   surface                binds a declaration's schema to the calls of its events
//   sink                   a back end with one method for every event: `Sink`, `SinkAdapter`
//   guard                  the start and the end of an operation, as back ends see them
//   event                  the seam: one call, `Event`
//   schema                 a declaration as constants, and its checks while compiling
//   label  value  context  the types of a method's parameters
//   trace                  the ids of the trace that a call belongs to
//   buckets                the bounds of histograms, made in constants
//   error                  how errors print
//   argument               ends a call by the schema whose parameter has no such value
//   sync                   locks, atomics and re-entrancy guards
//   contain                contains the panics of foreign code

mod argument;
pub mod buckets;
#[cfg(feature = "catalog")]
pub mod catalog;
pub mod collectors;
#[cfg(feature = "catalog")]
pub mod conformance;
mod contain;
pub mod context;
mod error;
pub mod event;
#[cfg(feature = "export")]
pub mod export;
mod guard;
#[cfg(any(doc, doctest))]
pub mod guide;
pub mod label;
pub mod log;
pub mod mock;
mod noop;
#[cfg(feature = "otlp")]
pub mod otlp;
#[cfg(feature = "pipeline")]
pub mod pipeline;
#[cfg_attr(not(feature = "prometheus"), doc(hidden), path = "prometheus/absent.rs")]
pub mod prometheus;
pub mod registry;
pub mod schema;
#[cfg(any(feature = "export", feature = "prometheus-http"))]
mod setting;
mod sink;
#[cfg(feature = "statsd")]
pub mod statsd;
mod surface;
mod sync;
mod trace;
pub mod value;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[doc(inline)]
pub use event::Event;
pub use guard::GuardEdge;
#[doc(inline)]
pub use label::Label;
#[doc(inline)]
pub use log::Log;
pub use noop::NoOp;
#[cfg(feature = "pipeline")]
#[doc(inline)]
pub use pipeline::Pipeline;
#[doc(inline)]
pub use registry::Registry;
pub use sink::{Labeled, Sink, SinkAdapter};
#[doc(inline)]
pub use surface::{LabeledSurface, RegistrationLabels, Surface, UnlabeledSurface};
/// Makes an enum or a newtype a metric label: see the trait [`Label`](trait@Label).
pub use telemetry_macros::Label;
#[doc = include_str!("metrics.md")]
pub use telemetry_macros::metrics;
pub use trace::TraceContext;
#[doc(inline)]
pub use value::Value;
