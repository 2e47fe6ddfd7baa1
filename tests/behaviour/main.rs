//! What a declaration does when it is called, back end by back end.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

mod capture;
mod errors;
mod foreign;
mod forward;
mod label;
mod layer;
mod log;
mod mock;
mod queue;
mod schema;
mod setup;
mod summary;
mod surface;
mod tables;
mod unkept;
