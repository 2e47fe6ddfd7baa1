//! A real collector: what rotel prints of what it was sent is what the mock has of the same calls.

use crate::every_kind::{Metrics, RecordingMetrics, Stage};
use crate::fake::free_address;
use crate::surface::{HOSTILE, config, registered};
use crate::tool::{Process, Scratch, poll, program};
use std::fmt::Write;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use telemetry::otlp::{Compression, Config, Protocol};

struct Rotel {
    grpc: SocketAddr,
    http: SocketAddr,
    scratch: Scratch,
    _process: Process,
}

impl Rotel {
    fn start(name: &str) -> Self {
        let scratch = Scratch::new(name).unwrap();
        let (grpc, http) = (free_address(), free_address());
        let output = File::create(scratch.file("output")).unwrap();
        let mut command = program("bin/rotel");
        command.arg("start").arg("--otlp-grpc-endpoint").arg(grpc.to_string());
        command.arg("--otlp-http-endpoint").arg(http.to_string()).args(["--exporter", "blackhole"]);
        command.args(["--debug-log", "metrics", "--debug-log-verbosity", "detailed"]);
        command.arg("--pid-file").arg(scratch.file("pid"));
        command.stdout(output.try_clone().unwrap()).stderr(output);
        let rotel = Rotel { grpc, http, scratch, _process: Process::start(&mut command) };
        let is_ready = |address| TcpStream::connect(address).ok();
        poll(|| is_ready(grpc).and(is_ready(http)), || rotel.output());
        rotel
    }

    fn output(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.scratch.file("output")).unwrap()).into_owned()
    }

    /// What it prints of a metric, without times; label values stand there as they are.
    fn metric(&self, name: &str) -> String {
        let head = format!("     -> Name: {name}\n");
        let printed =
            poll(|| self.output().split_once(&head).map(|(_, rest)| rest.to_owned()), || self.output());
        let end = printed.find("\nMetric #").or(printed.find("\nScopeMetrics #")).unwrap_or(printed.len());
        let is_time = |line: &str| {
            let time = line
                .trim_end()
                .strip_prefix("StartTimestamp: ")
                .or(line.trim_end().strip_prefix("Timestamp: "));
            time.is_some_and(|time| time.parse::<u64>().is_ok())
        };
        printed[..=end.min(printed.len() - 1)].split_inclusive('\n').filter(|line| !is_time(line)).collect()
    }

    /// It has printed a whole metric: its description, and each of these points.
    fn has(&self, name: &str, head: &str, points: &[(&[(&str, &str)], String)]) {
        let is_whole = || {
            let printed = self.metric(name);
            let mut count = 0;
            for (labels, point) in points {
                let mut text = "Data point attributes:\n     -> region: Str(eu-1)\n".to_owned();
                for (key, value) in *labels {
                    writeln!(text, "     -> {key}: Str({value})").unwrap();
                }
                count += usize::from(printed.contains(&(text + point)));
            }
            let whole = printed.starts_with(head) && count == points.len();
            (whole && printed.matches("DataPoints #").count() == points.len()).then_some(())
        };
        poll(is_whole, || format!("{name} is not {head}{points:?} in\n{}", self.metric(name)));
    }
}

fn head(description: &str, unit: &str, kind: &str) -> String {
    format!("     -> Description: {description}\n     -> Unit: {unit}\n     -> DataType: {kind}\n")
}

fn sum(description: &str, unit: &str, is_monotonic: bool) -> String {
    let head = head(description, unit, "Sum");
    format!(
        "{head}     -> IsMonotonic: {is_monotonic}\n     -> AggregationTemporality: AGGREGATION_TEMPORALITY_CUMULATIVE\n"
    )
}

fn value(n: impl std::fmt::Display) -> String {
    format!("Value: {n}\n")
}

fn histogram(sum: Option<f64>, bounds: &[f64], values: &[f64]) -> String {
    let mut text = format!("Count: {}\n", values.len());
    if let Some(sum) = sum {
        writeln!(text, "Sum: {sum}").unwrap();
    }
    bounds
        .iter()
        .enumerate()
        .for_each(|(at, bound)| writeln!(text, "ExplicitBounds #{at}: {bound}").unwrap());
    for at in 0..=bounds.len() {
        let above = at.checked_sub(1).map_or(f64::NEG_INFINITY, |at| bounds[at]);
        let below = bounds.get(at).copied().unwrap_or(f64::INFINITY);
        let count = values.iter().filter(|value| above < **value && **value <= below).count();
        writeln!(text, "Buckets #{at}, Count: {count}").unwrap();
    }
    text
}

fn record(metrics: &impl Metrics) {
    for _ in 0..3 {
        metrics.calls();
        metrics.opened();
    }
    metrics.closed();
    metrics.received(40);
    metrics.received(2);
    metrics.cost(2.25);
    metrics.cost(0.5);
    metrics.busy(Duration::from_millis(1_500));
    metrics.busy(Duration::from_nanos(1));
    for (at, text) in HOSTILE.iter().enumerate() {
        for _ in 0..=at {
            metrics.texts(text, (at % 2 == 0).then_some(Stage::Insert));
        }
    }
    metrics.credit(1.5);
    metrics.credit(-4.0);
    metrics.set_load(f64::INFINITY);
    metrics.set_load(0.75);
    metrics.set_depth(9, Stage::Lease);
    metrics.set_balance(-9);
    metrics.set_age(Duration::from_millis(250));
    for n in [0.5, 1.0, 11.5] {
        metrics.size(n);
        metrics.change(-n);
    }
    metrics.took(Some(Duration::from_secs(1)), Stage::Lease);
    metrics.took(None, Stage::Lease);
}

/// What rotel prints is what the mock has.
fn judge(name: &str, configure: impl Fn(&Rotel) -> Config) {
    let rotel = Rotel::start(name);
    let (registry, registered) = registered();
    let mock = RecordingMetrics::default();
    record(&(&mock, &registered));
    let guard = configure(&rotel).start(&registry).unwrap();
    assert_eq!(guard.shutdown(Duration::from_secs(30)), Ok(()));

    rotel.has("kinds.calls", &sum("Calls.", "", true), &[(&[], value(mock.calls_calls().count()))]);
    let received = mock.received_calls().sum();
    rotel.has("kinds.received", &sum("Bytes that were received.", "By", true), &[(&[], value(received))]);
    rotel.has("kinds.cost", &sum("Cost.", "", true), &[(&[], value(mock.cost_calls().sum()))]);
    let busy = mock.busy_calls().sum().as_secs_f64();
    rotel.has("kinds.busy", &sum("Busy time.", "s", true), &[(&[], value(busy))]);

    let labels: Vec<_> = HOSTILE
        .iter()
        .enumerate()
        .map(|(at, text)| [("text", *text), ("stage", if at % 2 == 0 { "insert" } else { "none" })])
        .collect();
    let texts: Vec<(&[(&str, &str)], String)> = labels
        .iter()
        .map(|labels| (&labels[..], value(mock.texts_calls().text(labels[0].1).count())))
        .collect();
    rotel.has("kinds.texts", &sum("Texts.", "", true), &texts);

    let connections = mock.opened_calls().count() - mock.closed_calls().count();
    rotel.has("kinds.connections", &sum("Connections.", "", false), &[(&[], value(connections))]);
    rotel.has("kinds.credit", &sum("Credit.", "", false), &[(&[], value(mock.credit_calls().sum()))]);
    let load = mock.set_load_calls().last().n;
    rotel.has("kinds.load", &head("Load.", "1", "Gauge"), &[(&[], value(load))]);
    let depth = mock.set_depth_calls().last().n;
    rotel.has("kinds.depth", &head("Depth.", "", "Gauge"), &[(&[("stage", "lease")], value(depth))]);
    let balance = mock.set_balance_calls().last().n;
    rotel.has("kinds.balance", &head("Balance.", "", "Gauge"), &[(&[], value(balance))]);
    let age = mock.set_age_calls().last().age.as_secs_f64();
    rotel.has("kinds.age", &head("Age.", "s", "Gauge"), &[(&[], value(age))]);

    let cumulative = |description: &str, unit: &str| {
        head(description, unit, "Histogram")
            + "     -> AggregationTemporality: AGGREGATION_TEMPORALITY_CUMULATIVE\n"
    };
    let sizes: Vec<f64> = mock.size_calls().calls().iter().map(|call| call.n).collect();
    let size = histogram(Some(sizes.iter().sum()), &[1.0, 10.0], &sizes);
    rotel.has("kinds.size", &cumulative("Sizes.", ""), &[(&[], size)]);
    let changes: Vec<f64> = mock.change_calls().calls().iter().map(|call| call.n).collect();
    let change = histogram(None, &[-1.0, 0.0, 1.0], &changes);
    rotel.has("kinds.change", &cumulative("Changes.", ""), &[(&[], change)]);
    let took: Vec<f64> =
        mock.took_calls().calls().iter().filter_map(|call| Some(call.took?.as_secs_f64())).collect();
    let took = histogram(Some(took.iter().sum()), &[0.5, 2.0], &took);
    let none = histogram(Some(0.0), &[0.5, 2.0], &[]);
    rotel.has(
        "kinds.took",
        &cumulative("Durations.", "s"),
        &[(&[("stage", "lease")], took), (&[("stage", "insert")], none)],
    );
    let output = rotel.output();
    assert!(output.contains("     -> service.name: Str(tests)\n"), "{output}");
    let scope = concat!("InstrumentationScope telemetry-tests ", env!("CARGO_PKG_VERSION"), "\n");
    assert!(output.contains(scope), "{output}");
}

#[test]
fn rotel_prints_what_the_mock_has_over_grpc() {
    judge("rotel-grpc", |rotel| config(&format!("http://{}", rotel.grpc)).protocol(Protocol::Grpc));
}

#[test]
fn rotel_prints_what_the_mock_has_over_http() {
    judge("rotel-http", |rotel| config(&format!("http://{}", rotel.http)));
}

#[test]
fn rotel_prints_what_the_mock_has_over_grpc_with_gzip() {
    judge("rotel-grpc-gzip", |rotel| {
        config(&format!("http://{}", rotel.grpc)).protocol(Protocol::Grpc).compression(Compression::Gzip)
    });
}

#[test]
fn rotel_prints_what_the_mock_has_over_http_with_gzip() {
    judge("rotel-http-gzip", |rotel| {
        config(&format!("http://{}", rotel.http)).compression(Compression::Gzip)
    });
}
