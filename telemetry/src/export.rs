//! The common part of exporters that push: a thread, its schedule, its report and its end.
//!
//! An exporter reads the registry from its own thread at each interval, so recording costs the same with and
//! without it. It starts whether or not its server is reachable. Numbers that cannot be sent now are in the
//! totals of the next export.
//!
//! # Self-metrics
//!
//! Each exporter reports on itself in the registry that it reads, so that every other back end shows it:
//!
//! | metric | labels | |
//! |---|---|---|
//! | `telemetry_exports_total` | `exporter` | delivered exports |
//! | `telemetry_export_failures_total` | `exporter`, `reason` | undelivered exports, or parts of one |
//! | `telemetry_export_retries_total` | `exporter` | attempts after the first |
//! | `telemetry_export_dropped_total` | `exporter`, `reason` | lost points and samples, each once |
//! | `telemetry_export_last_success_age_seconds` | `exporter` | since the last delivery, else the start |
//!
//! The label `exporter` is `otlp` or `statsd`. The second OTLP exporter that reads a registry at the same
//! time is `otlp-2`, the third `otlp-3`, up to `otlp-8`, which all later ones share. The names follow the
//! order of the starts, so a program that starts its exporters in one order has the same names each time. An
//! exporter that ends releases its name.
//!
//! # Warnings
//!
//! Every exporter logs trouble through `tracing` in the same words, with the target `telemetry`:
//!
//! - A server that cannot be reached, or whose name has no address, is a warning, at most once a minute:
//!   `metrics do not get through, will try again`, with the fields `exporter`, `error` and `more`, the number
//!   of failures since the last warning.
//! - The end of the trouble is one line of the level `INFO`: `metrics get through again`, with the fields
//!   `failures` and `seconds`.
//!
//! The Prometheus server logs connections that it cannot accept in the same way, as the exporter
//! `prometheus`. Text from the other side is cut and escaped.
//!
//! # The end
//!
//! The [`Guard`] ends exporters. [`shutdown`](Guard::shutdown) exports once more and returns whether that was
//! delivered. Dropping the guard does the same with a time limit of five seconds. `std::process::exit` runs
//! no destructor, so call `shutdown` before it. Recording after the end is harmless and has no effect.

#![cfg_attr(not(all(feature = "otlp", feature = "statsd")), allow(dead_code, unused_imports))]

mod control;
mod guard;
mod report;
mod run;
mod text;
mod trouble;

pub use guard::{ExportError, ExportFailure, Guard};

pub(crate) use control::Control;
#[cfg(feature = "otlp")]
pub(crate) use report::OTLP;
#[cfg(feature = "statsd")]
pub(crate) use report::STATSD;
pub(crate) use report::{Dropped, Reason, Report};
pub(crate) use run::{Push, Turn, start};
pub(crate) use text::printable;
pub(crate) use trouble::TroubleLog;
