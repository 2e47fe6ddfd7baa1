//! What a declaration does when it is called, back end by back end.
#![allow(clippy::unwrap_used, reason = "tests")]

mod capture;
mod forward;
mod label;
mod log;
mod mock;
mod schema;
mod surface;
