//! Properties of the sources: modules import each other in one direction, and the documentation is plain
//! English.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

mod circles;
mod files;
mod imports;
mod links;
mod prose;
