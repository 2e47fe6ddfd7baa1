//! What back ends that push have in common: a thread of their own, its rhythm, its report and its end.
//!
//! An exporter reads the registry from a thread of its own each interval, so recording costs what it costs
//! without one. It starts whether or not anyone listens yet; what cannot be sent now is in the totals of the
//! next time. Each tells of itself in the registry that it reads, so that every other back end shows it:
//!
//! | metric | labels | |
//! |---|---|---|
//! | `telemetry_exports_total` | `exporter` | exports that were delivered |
//! | `telemetry_export_failures_total` | `exporter`, `reason` | exports, or parts of one, that were not |
//! | `telemetry_export_retries_total` | `exporter` | attempts after the first |
//! | `telemetry_export_dropped_total` | `exporter`, `reason` | points and samples that are lost for good, each once |
//! | `telemetry_export_last_success_age_seconds` | `exporter` | since the last delivery, or since the start if there was none |
//!
//! The label `exporter` is `otlp` or `statsd`. The second OTLP exporter that reads a registry at the same time is `otlp-2`,
//! the third `otlp-3`, up to `otlp-8`, which all later ones share: in the order in which they start, so that a program that
//! starts them in one order has the same names each time. One that ends gives its name back.
//!
//! Every back end tells `tracing` of trouble in the same words, with the target `telemetry`: a server that is away from
//! the start, or later, or whose name has no address, is a warning (`metrics do not get through, will try again`, with the
//! fields `exporter`, `error` and `more`, the failures since the last warning), once a minute at the most; when it is over,
//! one line of the level `INFO` says so (`metrics get through again`, with `failures` and `seconds`). The Prometheus server
//! tells of connections that it cannot accept in the same way, as the exporter `prometheus`. What the other side says is cut
//! and escaped.
//!
//! The [`Guard`] ends them: [`shutdown`](Guard::shutdown) sends what is there and says whether it arrived, and
//! dropping it without that does the same with five seconds. `std::process::exit` runs no destructor: call `shutdown`
//! before it. Recording after the end is harmless, and nothing of it is sent.

#![cfg_attr(not(all(feature = "otlp", feature = "statsd")), allow(dead_code, unused_imports))]

mod control;
mod guard;
mod report;
mod run;
mod telling;
mod text;

pub use guard::{Guard, Undelivered, Unfinished};

pub(crate) use control::Control;
#[cfg(feature = "otlp")]
pub(crate) use report::OTLP;
#[cfg(feature = "statsd")]
pub(crate) use report::STATSD;
pub(crate) use report::{Dropped, Reason, Report};
pub(crate) use run::{Push, Turn, start};
pub(crate) use telling::Telling;
pub(crate) use text::printable;
