//! The OTLP exporter: what it sends, judged by readers that are not ours, and what it does when things go
//! wrong.
//!
//! `fields` and `rotel` need what `tests/setup` puts into `target/judges`: the official protobufs for Python,
//! and rotel, a collector. To look at a run by hand:
//!
//! ```sh
//! target/judges/bin/rotel start --exporter blackhole --debug-log metrics --debug-log-verbosity detailed
//! sleep infinity | target/judges/venv/bin/python tests/otlp/receiver.py
//! ```
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

mod answers;
mod child;
mod ended;
#[path = "../every_kind.rs"]
mod every_kind;
mod exemplars;
mod external;
mod fake;
mod faults;
mod fields;
mod grpc;
#[path = "../half_moved.rs"]
mod half_moved;
mod life;
mod names;
mod native;
mod property;
mod proto;
mod proxy;
mod receiver;
mod rotel;
mod size;
mod surface;
mod tls;
#[path = "../interop/tool.rs"]
mod tool;
mod totals;
mod victoria_metrics;
mod views;
