//! Every field of a request, as the official protobufs read it.

use crate::every_kind::{Metrics as _, Stage};
use crate::receiver::Receiver;
use crate::surface::{HOSTILE, config, registered, told};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use telemetry::otlp::{Compression, Config, Protocol, Temporality};
use telemetry::{Registry, metrics};

const LONG: Duration = Duration::from_secs(30);

fn nanos() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()
}

/// What a request says of the surface of these tests, by metric; points keyed by their attributes.
struct Read {
    metrics: BTreeMap<String, Value>,
}

impl Read {
    fn new(request: &Value) -> Self {
        let mut metrics = BTreeMap::new();
        for scope in request["resourceMetrics"][0]["scopeMetrics"].as_array().unwrap() {
            for metric in scope["metrics"].as_array().unwrap() {
                metrics.insert(metric["name"].as_str().unwrap().to_owned(), metric.clone());
            }
        }
        Read { metrics }
    }

    /// Checks a metric's own fields and gives its points, without their times.
    fn points(&self, name: &str, expected: &Value) -> Vec<Value> {
        let mut metric = self.metrics[name].clone();
        let data =
            ["sum", "gauge", "histogram"].into_iter().find(|data| metric.get(*data).is_some()).unwrap();
        let mut points = metric[data].as_object_mut().unwrap().remove("dataPoints").unwrap();
        metric.as_object_mut().unwrap().remove("name");
        assert_eq!(&metric, expected, "{name}");
        for point in points.as_array_mut().unwrap() {
            let point = point.as_object_mut().unwrap();
            point.remove("timeUnixNano").unwrap();
            assert_eq!(point.remove("startTimeUnixNano").is_none(), data == "gauge", "{name}");
            let attributes = point["attributes"].as_array().unwrap();
            assert_eq!(attributes[0], json!({"key": "region", "value": {"stringValue": "eu-1"}}));
            let own: Vec<String> = attributes[1..]
                .iter()
                .map(|attribute| {
                    format!(
                        "{}={}",
                        attribute["key"].as_str().unwrap(),
                        attribute["value"]["stringValue"].as_str().unwrap()
                    )
                })
                .collect();
            if own.is_empty() {
                point.remove("attributes");
            } else {
                point["attributes"] = json!(own.join(","));
            }
        }
        points.as_array().unwrap().clone()
    }
}

/// Sends one request of a registry in which each kind was used, and reads it.
fn sent(config: &Config, receiver: &mut Receiver) -> Value {
    let before = nanos();
    let (registry, metrics) = registered();
    metrics.calls();
    metrics.received(u64::MAX);
    metrics.cost(2.0);
    metrics.busy(Duration::from_millis(1_500));
    for text in HOSTILE {
        metrics.texts(text, Some(Stage::Insert));
    }
    metrics.texts("", None);
    metrics.closed();
    metrics.credit(-2.5);
    metrics.set_load(f64::NAN);
    metrics.set_depth(7, Stage::Lease);
    metrics.set_balance(-9);
    metrics.set_age(Duration::from_millis(250));
    metrics.size(1.0);
    metrics.size(11.5);
    metrics.change(-5.0);
    metrics.took(Some(Duration::from_secs(1)), Stage::Lease);
    let guard = config.clone().start(&registry).unwrap();
    assert_eq!(guard.shutdown(LONG), Ok(()));
    let request = receiver.request();
    assert_eq!(request["unknown"], json!([]));
    check_times(&request["request"], before, nanos());
    check(&request["request"]);
    assert_eq!(told(&registry, "exports", ""), 1);
    request
}

fn check_times(request: &Value, before: u128, after: u128) {
    for metric in Read::new(request).metrics.values() {
        let data =
            metric.get("sum").or_else(|| metric.get("gauge")).or_else(|| metric.get("histogram")).unwrap();
        for point in data["dataPoints"].as_array().unwrap() {
            let time = |name: &str| point[name].as_str().map(|time| time.parse::<u128>().unwrap());
            let end = time("timeUnixNano").unwrap();
            assert!((before..=after).contains(&end), "{metric}");
            assert!(
                time("startTimeUnixNano").is_none_or(|start| (before..=end).contains(&start)),
                "{metric}"
            );
        }
    }
}

fn check(request: &Value) {
    let resource = &request["resourceMetrics"][0]["resource"];
    let attribute = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let version = env!("CARGO_PKG_VERSION");
    let instance = resource["attributes"][1]["value"]["stringValue"].as_str().unwrap();
    assert_eq!((instance.len(), instance.matches('-').count()), (36, 4), "{instance}");
    assert_eq!(
        resource["attributes"],
        json!([
            attribute("service.name", "tests"),
            attribute("service.instance.id", instance),
            attribute("telemetry.sdk.language", "rust"),
            attribute("telemetry.sdk.name", "telemetry"),
            attribute("telemetry.sdk.version", version),
            attribute("zone", "b"),
        ])
    );
    let scopes: Vec<&Value> = request["resourceMetrics"][0]["scopeMetrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|scope| &scope["scope"])
        .collect();
    assert!(scopes.contains(&&json!({"name": "telemetry-tests", "version": version})), "{scopes:?}");
    assert!(scopes.contains(&&json!({"name": "telemetry", "version": version})), "{scopes:?}");

    let read = Read::new(request);
    let cumulative = "AGGREGATION_TEMPORALITY_CUMULATIVE";
    let counter = |description: &str, unit: &str| {
        let mut metric = json!({
            "description": description,
            "sum": {"aggregationTemporality": cumulative, "isMonotonic": true},
        });
        if !unit.is_empty() {
            metric["unit"] = json!(unit);
        }
        metric
    };
    assert_eq!(read.points("kinds.calls", &counter("Calls.", "")), [json!({"asInt": "1"})]);
    let received = read.points("kinds.received", &counter("Bytes that were received.", "By"));
    assert_eq!(received, [json!({"asDouble": 18_446_744_073_709_551_615.0})]);
    assert_eq!(read.points("kinds.cost", &counter("Cost.", "")), [json!({"asDouble": 2.0})]);
    assert_eq!(read.points("kinds.busy", &counter("Busy time.", "s")), [json!({"asDouble": 1.5})]);

    let texts = read.points("kinds.texts", &counter("Texts.", ""));
    for text in HOSTILE {
        let labels = format!("text={text},stage=insert");
        assert!(texts.contains(&json!({"attributes": labels, "asInt": "1"})), "{labels:?}: {texts:?}");
    }
    assert!(texts.contains(&json!({"attributes": "text=,stage=none", "asInt": "1"})), "{texts:?}");
    assert_eq!(texts.len(), HOSTILE.len() + 1);

    let up_down = |description: &str| json!({"description": description, "sum": {"aggregationTemporality": cumulative}});
    assert_eq!(read.points("kinds.connections", &up_down("Connections.")), [json!({"asInt": "-1"})]);
    assert_eq!(read.points("kinds.credit", &up_down("Credit.")), [json!({"asDouble": -2.5})]);

    let gauge = |description: &str, unit: &str| {
        let mut metric = json!({"description": description, "gauge": {}});
        if !unit.is_empty() {
            metric["unit"] = json!(unit);
        }
        metric
    };
    assert_eq!(read.points("kinds.load", &gauge("Load.", "1")), [json!({"asDouble": "NaN"})]);
    let depth = read.points("kinds.depth", &gauge("Depth.", ""));
    assert_eq!(depth, [json!({"attributes": "stage=lease", "asInt": "7"})]);
    assert_eq!(read.points("kinds.balance", &gauge("Balance.", "")), [json!({"asInt": "-9"})]);
    assert_eq!(read.points("kinds.age", &gauge("Age.", "s")), [json!({"asDouble": 0.25})]);

    let histogram = |description: &str| json!({"description": description, "histogram": {"aggregationTemporality": cumulative}});
    assert_eq!(
        read.points("kinds.size", &histogram("Sizes.")),
        [json!({"count": "2", "sum": 12.5, "bucketCounts": ["1", "0", "1"], "explicitBounds": [1.0, 10.0]})]
    );
    assert_eq!(
        read.points("kinds.change", &histogram("Changes.")),
        [json!({"count": "1", "bucketCounts": ["1", "0", "0", "0"], "explicitBounds": [-1.0, 0.0, 1.0]})],
        "a sum that can fall is left out"
    );
    let mut took = histogram("Durations.");
    took["unit"] = json!("s");
    let took = read.points("kinds.took", &took);
    let bounds = json!([0.5, 2.0]);
    assert!(took.contains(&json!({
        "attributes": "stage=lease", "count": "1", "sum": 1.0, "bucketCounts": ["0", "1", "0"], "explicitBounds": bounds,
    })));
    assert!(took.contains(&json!({
        "attributes": "stage=insert", "sum": 0.0, "bucketCounts": ["0", "0", "0"], "explicitBounds": bounds,
    })));
}

#[test]
fn a_request_over_http_has_each_field() {
    let mut receiver = Receiver::start(&[]);
    let config = config(&receiver.http).resource_attribute("zone", "b").header("x-tenant", "7");
    let request = sent(&config, &mut receiver);
    assert_eq!((&request["protocol"], &request["path"]), (&json!("http"), &json!("/v1/metrics")));
    let headers = &request["headers"];
    assert_eq!(headers["content-type"], "application/x-protobuf");
    assert_eq!(headers["user-agent"], concat!("telemetry/", env!("CARGO_PKG_VERSION")));
    assert_eq!(headers["x-tenant"], "7");
    assert_eq!(headers["content-encoding"], Value::Null);
    let compressed = sent(&config.compression(Compression::Gzip), &mut receiver);
    assert_eq!(compressed["headers"]["content-encoding"], "gzip");
}

#[test]
fn a_request_over_grpc_has_each_field() {
    let mut receiver = Receiver::start(&[]);
    let config = config(&receiver.grpc)
        .protocol(Protocol::Grpc)
        .resource_attribute("zone", "b")
        .header("x-tenant", "7");
    let request = sent(&config, &mut receiver);
    assert_eq!(request["protocol"], "grpc");
    assert_eq!(request["headers"]["x-tenant"], "7");
    sent(&config.compression(Compression::Gzip), &mut receiver);
}

#[test]
fn rejected_points_are_counted_and_reported() {
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        let receiver = Receiver::start(&["partial=3", "ok"]);
        let (registry, _metrics) = registered();
        let url = if protocol == Protocol::Grpc { &receiver.grpc } else { &receiver.http };
        let guard = config(url).protocol(protocol).start(&registry).unwrap();
        let error = guard.flush(LONG).unwrap_err().to_string();
        assert!(
            error.contains("rejected 3 of ") && error.ends_with("points: too old\\nfake=line"),
            "{error}"
        );
        assert_eq!(told(&registry, "export_dropped", "rejected"), 3);
        assert_eq!(told(&registry, "export_retries", ""), 0);
        assert_eq!(guard.flush(LONG), Ok(()));
    }
}

#[test]
fn grpc_tries_again_what_the_protocol_allows() {
    let mut receiver = Receiver::start(&["UNAVAILABLE", "RESOURCE_EXHAUSTED=1", "ok"]);
    let (registry, _metrics) = registered();
    let guard = config(&receiver.grpc).protocol(Protocol::Grpc).start(&registry).unwrap();
    let start = SystemTime::now();
    assert_eq!(guard.flush(LONG), Ok(()));
    assert!(start.elapsed().unwrap() > Duration::from_millis(1_250), "it waited as long as it was told");
    for _ in 0..3 {
        receiver.request();
    }
    assert_eq!(told(&registry, "export_retries", ""), 2);
    assert_eq!(told(&registry, "exports", ""), 1);
    assert_eq!(told(&registry, "export_failures", ""), 0);
}

#[test]
fn grpc_does_not_try_again_what_the_protocol_forbids() {
    for (code, reason) in [
        ("INVALID_ARGUMENT", "rejected"),
        ("UNAUTHENTICATED", "rejected"),
        ("RESOURCE_EXHAUSTED", "unavailable"),
        ("INTERNAL", "rejected"),
    ] {
        let receiver = Receiver::start(&[code]);
        let (registry, _metrics) = registered();
        let guard = config(&receiver.grpc).protocol(Protocol::Grpc).start(&registry).unwrap();
        let error = guard.flush(LONG).unwrap_err().to_string();
        assert!(error.ends_with("not now\\nfake=line"), "{error}");
        assert_eq!(told(&registry, "export_failures", reason), 1, "{code}");
        assert_eq!(told(&registry, "export_retries", ""), 0, "{code}");
    }
}

#[test]
fn a_delta_starts_where_the_last_delivery_ended_and_an_up_down_counter_stays_a_total() {
    let mut receiver = Receiver::start(&[]);
    let (registry, metrics) = registered();
    let guard = config(&receiver.http).temporality(Temporality::Delta).start(&registry).unwrap();
    let mut push = |registry: &Registry| {
        assert_eq!(guard.flush(LONG), Ok(()), "{registry:?}");
        Read::new(&receiver.request()["request"])
    };
    let only = |read: &Read, name: &str| {
        let metric = &read.metrics[name];
        let data = metric.get("sum").or_else(|| metric.get("histogram")).unwrap().clone();
        (data["dataPoints"][0].clone(), data["aggregationTemporality"].as_str().unwrap().to_owned())
    };
    metrics.received(5);
    metrics.opened();
    metrics.size(0.5);
    let first = push(&registry);
    metrics.received(2);
    metrics.opened();
    metrics.size(20.0);
    let second = push(&registry);
    let third = push(&registry);

    for (name, value, values) in [
        ("kinds.received", "asInt", [json!("5"), json!("2")]),
        ("kinds.size", "sum", [json!(0.5), json!(20.0)]),
    ] {
        let (one, temporality) = only(&first, name);
        let (two, _) = only(&second, name);
        assert_eq!(temporality, "AGGREGATION_TEMPORALITY_DELTA");
        assert_eq!([&one[value], &two[value]], [&values[0], &values[1]]);
        assert_eq!(one["timeUnixNano"], two["startTimeUnixNano"], "{name}");
        assert!(!third.metrics.contains_key(name), "nothing came to it");
    }
    let (one, temporality) = only(&first, "kinds.connections");
    assert_eq!((temporality.as_str(), &one["asInt"]), ("AGGREGATION_TEMPORALITY_CUMULATIVE", &json!("1")));
    assert_eq!(only(&second, "kinds.connections").0["asInt"], "2");
    assert_eq!(only(&third, "kinds.connections").0["asInt"], "2");
}

#[metrics(namespace = "guarded")]
trait Guarded {
    /// Jobs.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running", labels(queue), help = "Jobs that run.")]
    #[guard(start_job)]
    fn jobs(&self, #[label(cap = 8)] queue: &str, #[end(default = false)] done: bool);
}

#[test]
fn what_is_in_flight_is_a_sum_of_integers_that_may_fall_and_stays_a_total() {
    let mut receiver = Receiver::start(&[]);
    let registry = Registry::builder().constant_label("region", "eu-1").build().unwrap();
    let metrics = registry.register::<dyn Guarded>().unwrap();
    let guard = config(&receiver.http).temporality(Temporality::Delta).start(&registry).unwrap();
    let mut push = || {
        assert_eq!(guard.flush(LONG), Ok(()));
        let read = Read::new(&receiver.request()["request"]);
        let sum = json!({"description": "Jobs that run.", "sum": {"aggregationTemporality": "AGGREGATION_TEMPORALITY_CUMULATIVE"}});
        read.points("guarded.jobs_running", &sum)
    };
    let first = metrics.start_job("a");
    let second = metrics.start_job("a");
    assert_eq!(push(), [json!({"attributes": "queue=a", "asInt": "2"})]);
    first.end(true);
    metrics.start_job("a").discard();
    assert_eq!(push(), [json!({"attributes": "queue=a", "asInt": "1"})]);
    drop(second);
    assert_eq!(push(), [json!({"attributes": "queue=a", "asInt": "0"})]);
}
