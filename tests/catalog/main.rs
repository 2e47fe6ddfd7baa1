//! What is made of a declaration, and how it is kept.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod conformance;
mod context;
mod files;
mod guards;
mod healthy;
mod lock;
mod meanings;
mod names;
mod native;
mod page;
mod registration;
mod removal;
mod semconv;
mod service;
mod surface;
