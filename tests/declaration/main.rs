//! What a declaration generates: labels, the schema, the recording mock, implementations that forward,
//! errors.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

#[allow(dead_code, reason = "shared")]
#[path = "../log/capture.rs"]
mod capture;
mod context;
mod dots;
mod endings;
mod errors;
mod forward;
mod label;
mod mock;
mod names;
mod namespace;
mod registration;
mod removal;
mod schema;
mod surface;
mod tables;
