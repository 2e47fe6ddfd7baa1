// Targets of the README's links to files, which are not in the rendered documentation. The first definition counts.
#![doc = "[page]: prometheus/fn.serve.html"]
#![doc = "[outbox-metrics]: catalog/index.html"]
#![doc = ""]
#![doc = include_str!("../README.md")]
//!
//! # Where to begin
//!
//! 1. [Ten lines that run](#ten-lines-that-run) and [a whole service](#a-whole-service), above.
//! 2. The attribute [`metrics`](macro@metrics): the grammar of a declaration. The trait [`Label`](trait@Label): what a label
//!    may be.
//! 3. [`Registry`] for totals and [`Log`] for lines; [`mock`] for tests.
//! 4. The exporter that you need, and [`catalog`] to keep dashboards and alerts in step.
//!
//! # Modules
//!
//! | module | purpose | feature |
//! |---|---|---|
//! | [`label`], [`value`] | parameters of events: labels and their bounds, numbers | |
//! | [`event`] | [`Event`], and [`Sink`] for back ends of your own | |
//! | [`schema`] | a declaration as constants | |
//! | [`log`] | one line per call, through `tracing` | lines and queue: `log-lines` |
//! | [`mock`] | the recording mock | |
//! | [`registry`] | totals per series, snapshots | |
//! | [`prometheus`] | text, OpenMetrics, HTTP | `prometheus`, `prometheus-http`, `prometheus-server` |
//! | [`otlp`] | push to an OpenTelemetry collector | `otlp` |
//! | [`statsd`] | push to statsd or Datadog's agent | `statsd` |
//! | [`export`] | the guard of an exporter that pushes, its own metrics | with `otlp`, `statsd`, `pipeline`, `prometheus-server` |
//! | [`pipeline`] | back ends from a file or the environment | `pipeline` |
//! | [`collectors`] | metrics of the process and of a runtime | `process`, `tokio` |
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

// The layers, top to bottom; each knows only those below it:
//
//   private                what an expansion may name
//   conformance            calls every method of a surface, to see that an implementation keeps up
//   catalog                what is made of a declaration: pages, conventions, the lock, rules, a dashboard
//   collectors             surfaces of others, ready to register
//   pipeline               chooses back ends at run time
//   statsd                 exports a registry, by datagrams
//   prometheus             exports a registry, by text and HTTP
//   otlp                   pushes a registry to an OpenTelemetry collector
//   export                 what exporters that push have in common
//   setting                one set of rules for variables, files and setters
//   registry               adds up, for exporters that read snapshots
//   mock  log  noop        back ends that take one event per call
//   surface                binds a declaration's schema to the calls of its events
//   event                  the seam: `Event`, `Sink`, `SinkAdapter`
//   schema                 what a declaration says, as constants, and its compile-time checks
//   label  value           what a method's parameters may be
//   error                  how errors print
//   argument               how a call by the schema ends if a parameter has no such value
//   sync                   locks, atomics and re-entrancy guards
//   contain                ends the panics of code that is not ours

mod argument;
#[cfg(feature = "catalog")]
pub mod catalog;
pub mod collectors;
#[cfg(feature = "catalog")]
pub mod conformance;
mod contain;
mod error;
pub mod event;
#[cfg(feature = "export")]
pub mod export;
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
#[cfg(feature = "statsd")]
pub mod statsd;
mod surface;
mod sync;
pub mod value;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[doc(inline)]
pub use event::{Event, Sink, SinkAdapter};
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
#[doc(inline)]
pub use surface::Surface;
/// Makes an enum or a newtype a metric label: see the trait [`Label`](trait@Label).
pub use telemetry_macros::Label;
#[doc = include_str!("metrics.md")]
pub use telemetry_macros::metrics;
#[doc(inline)]
pub use value::Value;
