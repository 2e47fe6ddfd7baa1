//! The statsd exporter, by real sockets and real servers: what it sends, what it survives, how it starts and
//! ends.
//!
//! `tests/setup` puts the servers into `target/judges`. To see one by hand, with any program that exports to
//! `udp://127.0.0.1:8125`:
//!
//! ```sh
//! echo '{ port: 8125, backends: ["./backends/console"], dumpMessages: true }' > s.js
//! node target/judges/npm/node_modules/statsd/stats.js s.js
//! ```
#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::float_cmp,
    clippy::panic,
    clippy::unwrap_used,
    reason = "small numbers, and exact; a panic is how a test fails"
)]

#[path = "../otlp/child.rs"]
mod child;
mod collectd;
mod datadog;
mod ended;
mod etsy;
mod external;
mod faults;
#[path = "../half_moved.rs"]
mod half_moved;
mod lines;
mod overrun;
mod receiver;
mod streams;
mod surface;
mod telling;
#[path = "../interop/tool.rs"]
mod tool;
mod views;
