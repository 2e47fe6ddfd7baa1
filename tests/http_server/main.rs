//! The HTTP endpoint, by real sockets: what it answers, what it bounds, and how it starts and stops.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

mod answers;
mod client;
mod descriptors;
mod handler;
mod hostile;
mod life;
mod page;
mod render;
mod repeated;
mod surface;
