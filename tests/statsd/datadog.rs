//! Datadog's own client for Python: the same calls in the same environment, and the same bytes.

use crate::receiver::{Receiver, StreamReceiver, packets};
use crate::surface::{HOSTILE, LONG, Method, Metrics, app};
use crate::tool::{Scratch, program};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Child, Stdio};
use std::time::Duration;
use telemetry::Registry;
use telemetry::statsd::{Cardinality, Config, Dialect, Histograms};

/// Starts their client with these arguments and variables, and gives it the calls.
fn start(calls: &Value, arguments: &Value, variables: &[(&str, &str)]) -> Child {
    let mut command = program("venv/bin/python");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/statsd/ask_datadog.py")).arg(arguments.to_string());
    // Their client reads variables that begin so.
    for (variable, _) in std::env::vars_os() {
        let is_theirs =
            variable.to_str().is_some_and(|name| name.starts_with("DD_") || name == "DATADOG_TAGS");
        if is_theirs {
            command.env_remove(variable);
        }
    }
    let mut client = command.envs(variables.iter().copied()).stdin(Stdio::piped()).spawn().unwrap();
    client.stdin.take().unwrap().write_all(calls.to_string().as_bytes()).unwrap();
    client
}

/// What their client sends for these calls. Each is a datagram of its own.
fn theirs(calls: &Value, mut arguments: Value, variables: &[(&str, &str)]) -> Vec<String> {
    let receiver = Receiver::udp();
    let target = receiver.target();
    arguments["host"] = json!("127.0.0.1");
    arguments["port"] = json!(target.rsplit(':').next().unwrap().parse::<u16>().unwrap());
    assert!(start(calls, &arguments, variables).wait().unwrap().success());
    let mut lines = receiver.datagrams();
    lines.sort_unstable();
    lines
}

/// Our configuration in such an environment.
fn ours(variables: &[(&str, &str)]) -> Config {
    let variables = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    Config::from_variables(variables).unwrap().interval(LONG).dialect(Dialect::DogStatsd)
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
        let arguments =
            json!({ "constant_tags": ["region:eu 1", "env:pro|d"], "origin_detection_enabled": false });
        assert_eq!(ours, theirs(&json!(calls), arguments, &[]));
    }
}

/// The variables that both read.
const VARIABLES: [(&str, &str); 6] = [
    ("DATADOG_TAGS", "team:a b|c,spot,url:http://h/p?q,empty_:x"),
    ("DD_ENTITY_ID", "04652bb7-19b7-11e9-9cc6-42010a9c016d"),
    ("DD_ENV", "pro d"),
    ("DD_SERVICE", "mailer"),
    ("DD_VERSION", "1.2.3"),
    ("DD_EXTERNAL_ENV", "it-false,cn-web,pu-810fe89d-da47-410b-8979-9154a40f8183"),
];

fn record(metrics: &dyn Metrics) -> Value {
    metrics.requests(Method::Get, "/");
    metrics.set_heat("attic", 1.5);
    metrics.duration(Method::Post, Duration::from_millis(250));
    metrics.size(7);
    json!([
        ["increment", "requests", 1, ["method:get", "route:/"]],
        ["gauge", "heat", 1.5, ["room:attic"]],
        ["histogram", "duration", 0.25, ["method:post"]],
        ["histogram", "size", 7, null],
    ])
}

#[test]
fn the_bytes_are_the_same_in_the_same_environment() {
    let container = "ci-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    for (cardinality, word) in [
        (None, Value::Null),
        (Some(Cardinality::None), json!("none")),
        (Some(Cardinality::Low), json!("low")),
        (Some(Cardinality::Orchestrator), json!("orchestrator")),
        (Some(Cardinality::High), json!("high")),
    ] {
        let registry = Registry::builder().constant_label("region", "eu").build().unwrap();
        let metrics = registry.register::<dyn Metrics>().unwrap();
        let receiver = Receiver::udp();
        let config = ours(&VARIABLES).target(receiver.target()).tag("zone", "b").container_id(container);
        let config = cardinality.into_iter().fold(config, Config::cardinality);
        let guard = config.start(&registry).unwrap();
        let calls = record(&metrics);
        guard.shutdown(LONG).unwrap();
        let ours: Vec<_> = receiver.sorted().into_iter().map(|line| format!("{line}\n")).collect();
        let arguments = json!({
            "constant_tags": ["region:eu", "zone:b"],
            "container_id": container,
            "cardinality": word,
        });
        assert_eq!(ours, theirs(&calls, arguments, &VARIABLES));
    }
}

/// Returns the container of a line.
fn container(line: &str) -> Option<&str> {
    line.trim_end().split('|').find_map(|field| field.strip_prefix("c:"))
}

/// Their client looks at one file less than those for Go, Ruby and Java, and fails with a path that is not
/// `/`; what it finds is right.
#[test]
fn the_container_is_the_one_that_their_client_finds() {
    for variables in [&[][..], &[("DD_ORIGIN_DETECTION_ENABLED", "false")], &[("DD_ENTITY_ID", "1")]] {
        let (registry, metrics) = app();
        let receiver = Receiver::udp();
        let guard = ours(variables).target(receiver.target()).start(&registry).unwrap();
        metrics.received(1);
        guard.shutdown(LONG).unwrap();
        let (ours, calls) = (receiver.sorted(), json!([["increment", "received", 1, null]]));
        let theirs = theirs(&calls, json!({}), variables);
        match (container(&ours[0]), container(&theirs[0])) {
            (Some(id), None) => assert!(id.starts_with("ci-") || id.starts_with("in-"), "{id}"),
            (Some(id), Some(inode)) if inode.starts_with("in-") && id.starts_with("ci-") => {}
            (id, theirs) => assert_eq!(id, theirs),
        }
        let is_off = variables.iter().any(|(name, _)| *name == "DD_ORIGIN_DETECTION_ENABLED");
        assert!(!is_off || ours == ["app.received:1|c"], "{ours:?}");
    }
}

#[test]
fn a_stream_has_the_same_packets() {
    let scratch = Scratch::new("statsd-datadog-stream").unwrap();
    let path = scratch.file("socket");
    let receiver = StreamReceiver::at(&path);
    let url = format!("unixstream://{}", path.display());
    let variables = [("DD_DOGSTATSD_URL", url.as_str()), ("DD_ENV", "prod")];

    let mut client =
        start(&json!([["increment", "received", 1, null]]), &json!({ "container_id": "ci-1" }), &variables);
    let theirs = packets(receiver.accept());
    assert!(client.wait().unwrap().success());

    let (registry, metrics) = app();
    metrics.received(1);
    let guard = ours(&variables).container_id("ci-1").start(&registry).unwrap();
    let (lines, rest) = std::thread::scope(|scope| {
        let read = scope.spawn(|| packets(receiver.accept()));
        guard.shutdown(LONG).unwrap();
        drop(guard);
        read.join().unwrap()
    });
    // Theirs has one line a packet.
    let lines = lines.concat();
    let ours: Vec<_> = lines.split_inclusive('\n').filter(|line| !line.contains("telemetry.")).collect();
    assert_eq!((ours, rest), (theirs.0.iter().map(String::as_str).collect(), theirs.1));
}
