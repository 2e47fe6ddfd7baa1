//! The log back end: the events of `Log`, the lines of `log::Layer`, the queue before a writer, and each
//! documented setup.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

mod capture;
mod context;
mod events;
mod foreign;
mod layer;
mod line_only;
mod queue;
mod setup;
mod span_fields;
mod summary;
#[allow(dead_code, reason = "shared")]
#[path = "../declaration/surface.rs"]
mod surface;
mod trace;
mod unkept;
mod when;
