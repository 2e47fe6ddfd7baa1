//! Datadog's own client for Python: the same calls, and the same bytes.

use crate::receiver::Receiver;
use crate::surface::{HOSTILE, LONG, Method, Metrics};
use crate::tool::program;
use serde_json::{Value, json};
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;
use telemetry::Registry;
use telemetry::statsd::{Dialect, Histograms};

/// What their client sends for these calls.
fn theirs(calls: &Value) -> Vec<String> {
    let receiver = Receiver::udp();
    let target = receiver.target();
    let mut command = program("venv/bin/python");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/statsd/ask_datadog.py"));
    command.arg(target.rsplit(':').next().unwrap()).stdin(Stdio::piped());
    // Their client reads these.
    for variable in ["DD_ENV", "DD_SERVICE", "DD_VERSION", "DD_ENTITY_ID", "DATADOG_TAGS", "DD_DOGSTATSD_URL"]
    {
        command.env_remove(variable);
    }
    let mut client = command.spawn().unwrap();
    client.stdin.take().unwrap().write_all(calls.to_string().as_bytes()).unwrap();
    assert!(client.wait().unwrap().success());
    // Each is a datagram of its own.
    let mut lines = receiver.datagrams();
    lines.sort_unstable();
    lines
}

#[test]
fn the_bytes_are_those_of_datadogs_client() {
    for (histograms, kind) in
        [(Histograms::Histogram, "histogram"), (Histograms::Distribution, "distribution")]
    {
        let registry = Registry::builder().constant_label("region", "eu 1").build().unwrap();
        let metrics = registry.register::<dyn Metrics>().unwrap();
        let receiver = Receiver::udp();
        let config = receiver.config().dialect(Dialect::DogStatsd).histograms(histograms).tag("env", "pro|d");
        let guard = config.start(&registry).unwrap();
        let mut calls = Vec::new();
        for (times, text) in (1_u64..).zip(HOSTILE) {
            for _ in 0..times {
                metrics.requests(Method::Get, text);
            }
            // Aggregated, as their client can do too.
            calls.push(json!(["increment", "requests", times, ["method:get", format!("route:{text}")]]));
        }
        metrics.paid(0.25);
        calls.push(json!(["increment", "paid", 0.25, null]));
        metrics.set_heat("attic", -40.5);
        calls.push(json!(["gauge", "heat", -40.5, ["room:attic"]]));
        metrics.jobs("mail", -3);
        calls.push(json!(["gauge", "jobs", -3, ["queue:mail"]]));
        for seconds in [0.5, 1.25, 2.0] {
            metrics.duration(Method::Post, Duration::from_secs_f64(seconds));
            calls.push(json!([
                kind,
                "duration",
                if seconds == 2.0 { json!(2) } else { json!(seconds) },
                ["method:post"]
            ]));
        }
        metrics.size(1 << 30);
        calls.push(json!([kind, "size", 1 << 30, null]));
        guard.shutdown(LONG).unwrap();
        let ours: Vec<_> = receiver.sorted().into_iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(ours, theirs(&json!(calls)));
    }
}
