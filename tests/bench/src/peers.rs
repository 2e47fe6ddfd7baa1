//! The peers, each on the path that its user writes first and on its best.

mod fast_telemetry;
mod foundations;
mod measured;
pub mod metrics;
pub mod opentelemetry;
mod prometheus;
mod prometheus_client;
mod prometric;
mod static_metric;
pub mod statsd;
mod tracing;

use crate::row::Row;
use crate::workload::Workload;

/// What could not be measured, and why.
pub const ABSENT: [(&str, &str); 2] = [
    ("measured 0.1.0", "needs Rust 1.98 (`int_format_into`); 0.0.25 stands for it"),
    (
        "foundations",
        "its `#[metrics]` macro brings a whole service framework; foundations-metrics is what it expands to",
    ),
];

pub fn rows(workload: Workload) -> Vec<Row> {
    [
        prometheus::rows,
        static_metric::rows,
        prometheus_client::rows,
        metrics::rows,
        measured::rows,
        fast_telemetry::rows,
        foundations::rows,
        prometric::rows,
        opentelemetry::rows,
        statsd::rows,
        tracing::rows,
    ]
    .into_iter()
    .flat_map(|rows| rows(workload))
    .collect()
}
