//! Independent readers judge what is exposed to Prometheus: none of them knows our code.
//!
//! - **strict**: the text parser and the strict OpenMetrics parser of `prometheus_client`, through
//!   `strict.py`;
//! - **promtool**: `promtool check metrics`, on the text format alone: syntax, and lints, all of which must
//!   pass;
//! - **server**: a Prometheus that scrapes, answers queries, and evaluates alerts;
//! - **rules**: `promtool check rules` and `promtool test rules`, on what is made of a surface's alerts;
//! - **types**: `tsc` with the types that Grafana publishes, on a surface's dashboard;
//! - **browser**: a headless Chromium, on the page.
//!
//! None sees everything; `corrupted.rs` says what each lets pass. So all are asked, every value is compared
//! with what the test knows, and the server's log is read.
//!
//! `tests/setup` puts them into `target/judges`. To run one by hand, with the outbox at `127.0.0.1:9464`:
//!
//! ```sh
//! cargo run --example outbox -- --backend prometheus &
//! curl -s 127.0.0.1:9464/metrics | target/judges/bin/promtool check metrics
//! curl -s 127.0.0.1:9464/metrics | target/judges/venv/bin/python tests/interop/prometheus/strict.py text
//! curl -s -H 'Accept: application/openmetrics-text' 127.0.0.1:9464/metrics |
//!     target/judges/venv/bin/python tests/interop/prometheus/strict.py openmetrics
//! ```
//!
//! Prometheus in a terminal of its own; a query then is `curl 127.0.0.1:9090/api/v1/query?query=up`:
//!
//! ```sh
//! echo '{"scrape_configs": [{"job_name": "outbox", "static_configs": [{"targets": ["127.0.0.1:9464"]}]}]}' > p.json
//! target/judges/bin/prometheus --config.file=p.json --storage.tsdb.path=p --web.listen-address=127.0.0.1:9090
//! ```
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

mod burn;
mod corrupted;
mod dashboard;
mod dots;
#[path = "../../every_kind.rs"]
mod every_kind;
mod exemplars;
mod foreign;
mod gone;
#[path = "../../half_moved.rs"]
mod half_moved;
mod hostile;
mod http;
#[path = "../../../telemetry/examples/relay/labels.rs"]
#[allow(dead_code, reason = "the relay uses all of it")]
mod labels;
mod live;
mod native;
mod native_live;
mod native_rules;
mod odd_names;
mod outbox;
mod page;
mod ports;
mod promtool;
mod protobuf;
mod rules;
mod samples;
mod server;
mod service;
mod strict;
#[path = "../tool.rs"]
mod tool;
mod views;
