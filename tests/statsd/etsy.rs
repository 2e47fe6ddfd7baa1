//! Etsy's own server, npm `statsd`: what it makes of both dialects.

use crate::surface::{HOSTILE, LONG, Method, Metrics, RecordingMetrics, app};
use crate::tool::{Process, Scratch, poll, program};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{TcpListener, UdpSocket};
use std::process::Command;
use std::time::Duration;
use telemetry::statsd::{Config, Dialect, Histograms};

/// The server, which adds up what each of its flushes prints.
pub struct Etsy {
    process: Process,
    port: u16,
    scratch: Scratch,
}

#[derive(Debug, Default)]
pub struct Seen {
    counters: BTreeMap<String, f64>,
    gauges: BTreeMap<String, f64>,
    timers: BTreeMap<String, Vec<f64>>,
    weights: BTreeMap<String, f64>,
}

impl Etsy {
    pub fn start(name: &str) -> Self {
        let mut scratch = Scratch::new(name).unwrap();
        // A port that is free now may be taken in a moment.
        for _ in 0..5 {
            let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mgmt_port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let backend = concat!(env!("CARGO_MANIFEST_DIR"), "/statsd/etsy.js");
            let config = json!({
                "port": port, "address": "127.0.0.1", "mgmt_port": mgmt_port, "mgmt_address": "127.0.0.1",
                "flushInterval": 200, "backends": [backend], "dumpMessages": true,
            });
            fs::write(scratch.file("config.js"), config.to_string()).unwrap();
            let log = File::create(scratch.file("log")).unwrap();
            let stats =
                concat!(env!("CARGO_MANIFEST_DIR"), "/../target/judges/npm/node_modules/statsd/stats.js");
            // Fails by name if it is missing.
            drop(program("npm/node_modules/statsd/stats.js"));
            let mut command = Command::new("node");
            command.arg(stats).arg(scratch.file("config.js"));
            command.stdout(log.try_clone().unwrap()).stderr(log);
            let mut etsy = Etsy { process: Process::start(&mut command), port, scratch };
            if etsy.is_ready() {
                return etsy;
            }
            assert!(etsy.log().contains("EADDRINUSE"), "statsd ended:\n{}", etsy.log());
            scratch = etsy.scratch;
        }
        panic!("five ports were taken");
    }

    /// Waits for its first flush; false if it has ended.
    fn is_ready(&mut self) -> bool {
        let log = self.scratch.file("log");
        let process = &mut self.process;
        poll(
            || match process.0.try_wait().unwrap() {
                Some(_) => Some(false),
                None => fs::read_to_string(&log).unwrap().contains("flush {").then_some(true),
            },
            || "statsd does not flush".to_owned(),
        )
    }

    fn log(&self) -> String {
        fs::read_to_string(self.scratch.file("log")).unwrap()
    }

    pub fn config(&self) -> Config {
        Config::default().target(format!("udp://127.0.0.1:{}", self.port)).interval(LONG)
    }

    /// What it has seen, once that is all: `last` is a counter that was sent last.
    pub fn read(&self, last: &str) -> Seen {
        let seen = poll(
            || {
                let seen = Seen::of(&self.log());
                seen.counters.get(last).is_some_and(|count| *count > 0.0).then_some(seen)
            },
            || format!("{last} does not come:\n{}", self.log()),
        );
        assert_eq!(seen.counters["statsd.bad_lines_seen"], 0.0, "{}", self.log());
        seen
    }
}

impl Seen {
    fn of(log: &str) -> Self {
        let mut seen = Seen::default();
        // The last line may be half written.
        let whole = log.rfind('\n').map_or("", |end| &log[..end]);
        for flush in whole.lines().filter_map(|line| line.strip_prefix("flush ")) {
            let flush: Value = serde_json::from_str(flush).unwrap();
            let numbers = |key: &str| flush[key].as_object().unwrap().clone();
            for (name, value) in numbers("counters") {
                *seen.counters.entry(name).or_default() += value.as_f64().unwrap();
            }
            for (name, value) in numbers("gauges") {
                seen.gauges.insert(name, value.as_f64().unwrap());
            }
            for (name, values) in numbers("timers") {
                let values = values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap());
                seen.timers.entry(name).or_default().extend(values);
            }
            for (name, value) in numbers("timer_counters") {
                *seen.weights.entry(name).or_default() += value.as_f64().unwrap();
            }
        }
        seen
    }
}

/// Each kind with odd numbers, through any implementation.
pub fn record(metrics: &dyn Metrics) {
    for (times, text) in (1..).zip(HOSTILE) {
        for _ in 0..times {
            metrics.requests(Method::Get, text);
        }
    }
    metrics.requests(Method::Post, "");
    for n in [1, 1 << 40, 12_345] {
        metrics.received(n);
    }
    for amount in [0.25, 1.5, 3.0] {
        metrics.paid(amount);
    }
    metrics.busy(Duration::from_millis(1_250));
    metrics.busy(Duration::from_secs(3));
    metrics.jobs("mail", 3);
    metrics.jobs("mail", -10);
    metrics.jobs("post", 4);
    metrics.set_heat("attic", 30.0);
    metrics.set_heat("attic", -40.5);
    metrics.set_heat("cellar", 12.25);
    for millis in [1, 250, 1_999] {
        metrics.duration(Method::Post, Duration::from_millis(millis));
    }
    for n in [0, 1, 1 << 20] {
        metrics.size(n);
    }
}

#[test]
fn etsys_server_sees_what_the_mock_saw_in_plain_statsd() {
    let etsy = Etsy::start("etsy-plain");
    let (registry, instruments) = app();
    let mock = RecordingMetrics::default();
    let guard = etsy.config().start(&registry).unwrap();
    record(&(instruments.clone(), mock.clone()));
    guard.shutdown(LONG).unwrap();
    // The exporter's own metrics are sent first, this one after the surface.
    let seen = etsy.read("app.received");

    let segment = |text: &str| -> String {
        let segment = text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' });
        if text.is_empty() { "_".to_owned() } else { segment.collect() }
    };
    let mut requests: BTreeMap<String, f64> = BTreeMap::new();
    for call in mock.requests_calls().calls() {
        let method = if call.method == Method::Get { "get" } else { "post" };
        *requests.entry(format!("app.requests.{method}.{}", segment(&call.route))).or_default() += 1.0;
    }
    let found = seen.counters.iter().filter(|(name, _)| name.starts_with("app.requests."));
    let found: BTreeMap<_, _> = found.map(|(name, count)| (name.clone(), *count)).collect();
    assert_eq!(found, requests);
    assert_eq!(seen.counters["app.received"], mock.received_calls().sum() as f64);
    assert_eq!(seen.counters["app.paid"], mock.paid_calls().sum());
    assert_eq!(seen.counters["app.busy"], mock.busy_calls().sum().as_secs_f64());
    assert_eq!(seen.gauges["app.jobs.mail"], mock.jobs_calls().queue("mail").sum() as f64);
    assert_eq!(seen.gauges["app.jobs.post"], mock.jobs_calls().queue("post").sum() as f64);
    assert_eq!(seen.gauges["app.heat.attic"], mock.set_heat_calls().room("attic").last().degrees);
    assert_eq!(seen.gauges["app.heat.cellar"], mock.set_heat_calls().room("cellar").last().degrees);
    let millis = mock.duration_calls().calls().into_iter().map(|call| call.took.as_secs_f64() * 1_000.0);
    assert_eq!(seen.timers["app.duration.post"], millis.collect::<Vec<_>>());
    let sizes = mock.size_calls().calls().into_iter().map(|call| call.n as f64);
    assert_eq!(seen.timers["app.size"], sizes.collect::<Vec<_>>());
}

#[test]
fn etsys_server_reads_the_tags_of_dogstatsd() {
    let etsy = Etsy::start("etsy-tags");
    let (registry, instruments) = app();
    let mock = RecordingMetrics::default();
    let config = etsy.config().dialect(Dialect::DogStatsd).histograms(Histograms::Milliseconds);
    let guard = config.tag("env", "prod").origin_detection(false).start(&registry).unwrap();
    record(&(instruments.clone(), mock.clone()));
    guard.shutdown(LONG).unwrap();
    let seen = etsy.read("app.received;env=prod");

    // What it makes of a tag's text: our `_` first, then its own rules for names.
    let value = |text: &str| -> String {
        let ours = text.chars().map(|c| if c.is_alphanumeric() || "_-:/.".contains(c) { c } else { '_' });
        let theirs = ours.map(|c| if c == '/' { '-' } else { c });
        let theirs: String = theirs.filter(|c| c.is_ascii_alphanumeric() || "_-.".contains(*c)).collect();
        if text.is_empty() { "_".to_owned() } else { theirs }
    };
    let mut requests: BTreeMap<String, f64> = BTreeMap::new();
    for call in mock.requests_calls().calls() {
        let method = if call.method == Method::Get { "get" } else { "post" };
        let name = format!("app.requests;method={method};route={};env=prod", value(&call.route));
        *requests.entry(name).or_default() += 1.0;
    }
    let found = seen.counters.iter().filter(|(name, _)| name.starts_with("app.requests;"));
    let found: BTreeMap<_, _> = found.map(|(name, count)| (name.clone(), *count)).collect();
    assert_eq!(found, requests);
    assert_eq!(seen.gauges["app.heat;room=cellar;env=prod"], 12.25);
    assert_eq!(seen.timers["app.duration;method=post;env=prod"], [1.0, 250.0, 1_999.0]);
}

#[test]
fn etsys_server_weighs_a_share_of_samples() {
    let etsy = Etsy::start("etsy-share");
    let (registry, metrics) = app();
    let guard = etsy.config().sample_rate(0.125).start(&registry).unwrap();
    for _ in 0..2_000 {
        metrics.size(1);
    }
    metrics.received(1);
    guard.shutdown(LONG).unwrap();
    let seen = etsy.read("app.received");
    let (samples, weight) = (seen.timers["app.size"].len() as f64, seen.weights["app.size"]);
    assert_eq!(samples * 8.0, weight);
    // 2,000 with a standard deviation of 118.
    assert!((1_400.0..2_600.0).contains(&weight), "{weight}");
}
