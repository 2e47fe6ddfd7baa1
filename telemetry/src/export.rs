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
//! | `telemetry_export_dropped_total` | `exporter`, `reason` | points and samples that are lost for good |
//! | `telemetry_export_last_success_age_seconds` | `exporter` | since the last delivery, or since the start if there was none |
//!
//! The [`Guard`] ends them: [`shutdown`](Guard::shutdown) sends what is there and says whether it arrived, and
//! dropping it without that does the same with five seconds. `std::process::exit` runs no destructor: call `shutdown`
//! before it. Recording after the end is harmless, and nothing of it is sent.

#![cfg_attr(not(any(feature = "otlp", feature = "statsd")), allow(dead_code, unused_imports))]

mod control;
mod guard;
mod report;
mod run;

pub use guard::{Guard, Undelivered, Unfinished};

pub(crate) use control::Control;
pub(crate) use report::{Dropped, Reason, Report};
pub(crate) use run::{Push, Turn, start};
