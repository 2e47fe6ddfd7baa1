//! Other metrics crates join a scrape, the real ones: the judges see what they counted and what we counted.

use crate::half_moved::{self, Shop};
use crate::http::{self, Endpoint};
use crate::promtool;
use crate::samples::{Meta, Samples};
use crate::server::Prometheus;
use crate::strict::{Read, Strict};
use metrics_exporter_prometheus::PrometheusBuilder;
use prometheus::{Histogram, HistogramOpts, IntCounterVec, Opts, TextEncoder};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::{counter, family, gauge, histogram, info};
use prometheus_client::registry::Unit;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::RefCell;
use std::time::SystemTime;
use telemetry::prometheus::{Format, render, serve};
use telemetry::{Registry, metrics};

const FORMATS: [Format; 2] = [Format::Text, Format::OpenMetrics];

/// In a label of each of them.
const HOSTILE: &str = "x\"} 1\nfake_total{a=\"b\\\" é,= # {} 1";

#[metrics(namespace = "ours")]
pub trait Metrics {
    /// Calls.
    #[counter]
    fn calls(&self, #[label(cap = 8)] route: &str);

    /// Depth.
    #[gauge]
    fn set_depth(&self, n: u64);
}

fn ours() -> Registry {
    let registry = Registry::builder().constant_label("region", "eu").build().unwrap();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    metrics.calls(HOSTILE);
    metrics.set_depth(3);
    registry
}

fn expected_of_ours(format: Format) -> Samples {
    let mut all = Samples::default();
    all.counter(format, "ours_calls", &[("route", HOSTILE)], 1.0);
    all.gauge("ours_depth", &[], 3.0);
    all.labelled("region", "eu")
}

/// The crate `prometheus`.
fn of_prometheus() -> prometheus::Registry {
    let registry = prometheus::Registry::new();
    let requests = Opts::new("legacy_requests_total", "Requests, \"quoted\" \\ and\non two lines.");
    let requests = IntCounterVec::new(requests, &["path"]).unwrap();
    requests.with_label_values(&[HOSTILE]).inc_by(7);
    let lag = prometheus::Gauge::new("legacy_lag", "Lag.").unwrap();
    lag.set(f64::INFINITY);
    let buckets = HistogramOpts::new("legacy_took_seconds", "Time.").buckets(vec![0.5, 2.5]);
    let took = Histogram::with_opts(buckets).unwrap();
    for seconds in [0.25, 0.75, 4.0] {
        took.observe(seconds);
    }
    registry.register(Box::new(requests)).unwrap();
    registry.register(Box::new(lag)).unwrap();
    registry.register(Box::new(took)).unwrap();
    registry
}

fn text_of_prometheus(registry: &prometheus::Registry) -> String {
    TextEncoder::new().encode_to_string(&registry.gather()).unwrap()
}

type Mails = family::Family<Vec<(String, String)>, counter::Counter>;

/// The crate `prometheus-client`.
fn of_client() -> prometheus_client::registry::Registry {
    let mut registry = prometheus_client::registry::Registry::default();
    let mails = Mails::default();
    mails.get_or_create(&vec![("server".to_owned(), HOSTILE.to_owned())]).inc_by(5);
    registry.register("client_mails", "Mails", mails);
    let age = gauge::Gauge::<i64>::default();
    age.set(-2);
    registry.register_with_unit("client_age", "Age", Unit::Seconds, age);
    let sizes = histogram::Histogram::new([1.0, 8.0]);
    for size in [1.0, 2.0] {
        sizes.observe(size);
    }
    registry.register("client_size", "Size", sizes);
    registry.register("client_build", "Build", info::Info::new(vec![("version", "1.2")]));
    registry
}

fn text_of_client(registry: &prometheus_client::registry::Registry) -> String {
    let mut text = String::new();
    encode(&mut text, registry).unwrap();
    text
}

/// The crate `metrics`.
fn of_metrics() -> impl Fn() -> String + Send + Sync + 'static {
    let recorder = PrometheusBuilder::new().set_buckets(&[0.5, 2.5]).unwrap().build_recorder();
    let handle = recorder.handle();
    ::metrics::with_local_recorder(&recorder, || {
        ::metrics::describe_counter!("exporter_hits_total", "Hits.");
        ::metrics::counter!("exporter_hits_total", "route" => HOSTILE).increment(9);
        ::metrics::describe_gauge!("exporter_load", "Load.");
        ::metrics::gauge!("exporter_load").set(0.25);
        ::metrics::describe_histogram!("exporter_wait", "Waiting.");
        ::metrics::histogram!("exporter_wait", "to" => "a").record(0.75);
        ::metrics::histogram!("exporter_wait", "to" => "b").record(2.0);
    });
    move || handle.render()
}

fn joined() -> Registry {
    let registry = ours();
    let (legacy, client) = (of_prometheus(), of_client());
    registry.join(move || text_of_prometheus(&legacy));
    registry.join(move || text_of_client(&client));
    registry.join(of_metrics());
    registry
}

fn expected(format: Format) -> Samples {
    let mut all = expected_of_ours(format);
    all.gauge("legacy_requests_total", &[("path", HOSTILE)], 7.0);
    all.gauge("legacy_lag", &[], f64::INFINITY);
    // Only our own say since when they count.
    let mut histogram = |name, labels: &[_], buckets: &[_], sum| {
        all.histogram(Format::Text, name, labels, buckets, Some(sum));
    };
    histogram("legacy_took_seconds", &[], &[("0.5", 1.0), ("2.5", 2.0), ("+Inf", 3.0)], 5.0);
    histogram("client_size", &[], &[("1.0", 1.0), ("8.0", 2.0), ("+Inf", 2.0)], 3.0);
    histogram("exporter_wait", &[("to", "a")], &[("0.5", 0.0), ("2.5", 1.0), ("+Inf", 1.0)], 0.75);
    histogram("exporter_wait", &[("to", "b")], &[("0.5", 0.0), ("2.5", 1.0), ("+Inf", 1.0)], 2.0);
    all.gauge("client_mails_total", &[("server", HOSTILE)], 5.0);
    all.gauge("client_age_seconds", &[], -2.0);
    all.gauge("client_build_info", &[("version", "1.2")], 1.0);
    // This encoder loses a backslash before a quote, and writes what is left soundly.
    all.gauge("exporter_hits_total", &[("route", &HOSTILE.replace('\\', ""))], 9.0);
    all.gauge("exporter_load", &[], 0.25);
    all
}

/// What the strict parsers see, without what the registry says of itself.
fn seen(registry: &Registry, format: Format) -> Read {
    let mut read = Strict::start().read(format, &render(registry, format)).unwrap();
    read.samples = read.samples.only(|name| !name.starts_with("telemetry_"));
    read.samples.created_since(SystemTime::UNIX_EPOCH);
    read
}

#[test]
fn the_parsers_read_what_every_crate_counted() {
    let registry = joined();
    for format in FORMATS {
        let read = seen(&registry, format);
        expected(format).assert_same(&read.samples, &format!("strict, {format:?}"));
        let build = if format == Format::Text { "client_build_info" } else { "client_build" };
        let info = if format == Format::Text { "gauge" } else { "info" };
        let unit = if format == Format::Text { "" } else { "seconds" };
        let quoted = "Requests, \"quoted\" \\ and\non two lines.";
        for (name, kind, help, unit) in [
            ("ours_calls", "counter", "Calls.", ""),
            ("legacy_requests", "counter", quoted, ""),
            ("legacy_took_seconds", "histogram", "Time.", ""),
            ("client_mails", "counter", "Mails.", ""),
            ("client_age_seconds", "gauge", "Age.", unit),
            (build, info, "Build.", ""),
            ("exporter_wait", "histogram", "Waiting.", ""),
        ] {
            let meta = Meta { kind: kind.to_owned(), help: help.to_owned(), unit: unit.to_owned() };
            assert_eq!(read.metas.get(name), Some(&meta), "{name}, {format:?}");
        }
    }
    assert_eq!(refused(&registry), [0, 0]);
}

#[test]
fn promtool_has_nothing_to_say_to_any_crate() {
    promtool::check(&render(&joined(), Format::Text)).unwrap();
}

#[test]
fn the_server_keeps_what_every_crate_counted() {
    let server = serve("127.0.0.1:0", &joined()).unwrap();
    let address = server.local_addr();
    // The server asks for OpenMetrics first; this asks in its place for text.
    let text = Endpoint::start(move || http::get(address, "/metrics", "text/plain;version=0.0.4"));
    let jobs = [("text", Format::Text, text.address), ("openmetrics", Format::OpenMetrics, address)];
    let servers = Prometheus::each("foreign", &jobs.map(|(job, _, address)| (job, address)));
    for (prometheus, (job, format, _)) in servers.iter().flat_map(|server| jobs.map(|job| (server, job))) {
        let judge = format!("{prometheus}, {job}");
        let mut samples = prometheus.read(job).expect(&judge).only(|name| !name.starts_with("telemetry_"));
        samples.created_since(SystemTime::UNIX_EPOCH);
        expected(format).assert_same(&samples, &judge);
    }
}

/// How many sources did not parse, and how many families clashed, up to the last scrape.
fn refused(registry: &Registry) -> [u64; 2] {
    let text = render(registry, Format::Text);
    ["syntax", "clash"].map(|reason| {
        let sample = format!("telemetry_rejected_expositions_total{{region=\"eu\",reason=\"{reason}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&sample)).unwrap().parse().unwrap()
    })
}

/// Ours as if nobody had joined, in both formats; and what was refused until then.
fn assert_ours_alone(registry: &Registry) -> [u64; 2] {
    for format in FORMATS {
        expected_of_ours(format).assert_same(&seen(registry, format).samples, &format!("strict, {format:?}"));
    }
    promtool::check(&render(registry, Format::Text)).unwrap();
    refused(registry)
}

/// `prometheus-client` escaped no label before 0.25.2, and still escapes no help.
#[test]
fn text_that_is_not_escaped_is_refused_and_ours_stays() {
    let help = "Mails\non two lines";
    let mut client = prometheus_client::registry::Registry::default();
    client.register("client_mails", help, counter::Counter::<u64>::default());
    let registry = ours();
    registry.join(move || text_of_client(&client));
    assert_eq!(assert_ours_alone(&registry), [1, 0]);

    let client = of_client();
    let unescaped = move || text_of_client(&client).replace("\\\"", "\"").replace("\\n", "\n");
    assert!(unescaped().contains("{server=\"x\"} 1\nfake_total{a=\"b"), "what 0.25.1 wrote");
    let registry = ours();
    registry.join(unescaped);
    assert_eq!(assert_ours_alone(&registry), [1, 0]);
}

#[test]
fn a_metric_that_has_moved_is_there_once() {
    let legacy = prometheus::Registry::new();
    let moved = IntCounterVec::new(Opts::new("ours_calls_total", "Calls."), &["route"]).unwrap();
    moved.with_label_values(&["/old"]).inc_by(7);
    legacy.register(Box::new(moved)).unwrap();
    let registry = ours();
    registry.join(move || text_of_prometheus(&legacy));
    assert_eq!(assert_ours_alone(&registry), [0, 0], "it has moved, and is no loss");
}

#[test]
fn a_half_moved_service_misses_nothing_and_has_nothing_twice() {
    let (registry, shop, old) = half_moved::service();
    shop.orders("web");
    old.payments.with_label_values(&["card \"gold\""]).inc();
    old.carts.set(1.5);
    old.delivery.observe(2.0);
    for format in FORMATS {
        let mut all = Samples::default();
        all.counter(format, "shop_orders", &[("channel", "web")], 3.0);
        all.gauge("shop_stock", &[], 5.0);
        all.gauge("stock_items", &[], 5.0);
        let mut histogram = |of, name, buckets: &[_], sum| all.histogram(of, name, &[], buckets, Some(sum));
        let half = [("0.5", 1.0), ("1.0", 1.0), ("+Inf", 1.0)];
        histogram(format, "shop_checkout_seconds", &half, 0.25);
        histogram(format, "shop_search_seconds", &[("0.5", 0.0), ("1.0", 1.0), ("+Inf", 1.0)], 0.75);
        let delivery = [("1", 1.0), ("2.5", 3.0), ("+Inf", 4.0)];
        histogram(Format::Text, "shop_delivery_seconds", &delivery, 13.5);
        all.gauge("shop_payments_total", &[("method", "card \"gold\"")], 4.0);
        all.gauge("shop_returns_total", &[], 0.0);
        all.gauge("shop_carts", &[], 1.5);
        all.gauge("shop_render_seconds", &[("quantile", "0.5")], 0.2);
        all.gauge("shop_render_seconds", &[("quantile", "0.99")], 0.9);
        all.gauge("shop_render_seconds_sum", &[], 6.5);
        all.gauge("shop_render_seconds_count", &[], 10.0);
        all.assert_same(&seen(&registry, format).samples, &format!("strict, {format:?}"));
        assert_eq!(half_moved::alarms(&registry), 0);
    }
    promtool::check(&render(&registry, Format::Text)).unwrap();
}

/// Lines of one family, in OpenMetrics: its sound ones, and what may stand in place of one or next to it.
struct Lines {
    kind: &'static str,
    sound: &'static [&'static str],
    odd: &'static [&'static str],
}

const LINES: &[Lines] = &[
    Lines {
        kind: "histogram",
        sound: &[
            "f_bucket{le=\"1\"} 1",
            "f_bucket{le=\"2.5\"} 1",
            "f_bucket{le=\"+Inf\"} 2",
            "f_sum 3",
            "f_count 2",
            "f_created 5",
        ],
        odd: &[
            "f_bucket{le=\"inf\",x=\"1\"} 2",
            "f_bucket{le=\"1\",x=\"1\"} 3",
            "f_bucket{le=\"1.0\"} 1",
            "f_bucket{le=\"NaN\"} 1",
            "f_bucket{le=\"-1\"} 0",
            "f_bucket{le=\"0.5\"} 7",
            "f_bucket{le=\"0.5\"} 0.5",
            "f_bucket{le=\"0.5\"} 0 5",
            "f_bucket{le=\"0.5\"} -1",
            "f_count{x=\"1\"} 2",
            "f_sum{x=\"1\"} -2",
            "f_sum{x=\"1\"} NaN",
            "f_created{x=\"2\"} 1",
        ],
    },
    Lines {
        kind: "gaugehistogram",
        sound: &["f_bucket{le=\"1\"} 1", "f_bucket{le=\"+Inf\"} 2", "f_gsum 3", "f_gcount 2"],
        odd: &[
            "f_bucket{le=\"-1\"} 0",
            "f_gsum{x=\"1\"} -1",
            "f_gcount{x=\"1\"} NaN",
            "f_bucket{le=\"Inf\",x=\"1\"} 1",
        ],
    },
    Lines {
        kind: "summary",
        sound: &["f{quantile=\"0.5\"} 1", "f{quantile=\"0.99\"} NaN", "f_sum 3", "f_count 2", "f_created 1"],
        odd: &[
            "f{quantile=\"1.5\"} 1",
            "f{quantile=\"-0\"} 1",
            "f{quantile=\"inf\"} 1",
            "f{quantile=\"NaN\"} 1",
            "f{quantile=\"0.1\"} -1",
            "f_sum{x=\"1\"} NaN",
            "f_sum{x=\"1\"} -1",
            "f_count{x=\"1\"} 0.5",
            "f_count{x=\"2\"} +Inf",
            "f_sum{x=\"3\"} 1 7",
            "f_count{x=\"3\"} 1 7.5",
        ],
    },
    Lines {
        kind: "counter",
        sound: &["f_total 1", "f_total{x=\"1\"} 2 1.5", "f_created 1"],
        odd: &[
            "f_total{x=\"2\"} NaN",
            "f_total{x=\"2\"} -1",
            "f_total{x=\"2\"} +Inf",
            "f_created{x=\"1\"} 1",
            "f_total{__x=\"1\"} 1",
            "f_total{x=\"3\"} 1 # {__x=\"1\"} 1",
            "f_total{x=\"4\"} 1 1e3",
            "f_created{x=\"4\"} 1 1000",
        ],
    },
    Lines {
        kind: "stateset",
        sound: &["f{f=\"a\"} 1", "f{f=\"b\"} 0", "f{f=\"a\",x=\"1\"} 1"],
        odd: &["f{f=\"b\",x=\"1\"} 0", "f{f=\"c\"} 2", "f{x=\"2\"} 1", "f{f=\"d\"} NaN", "f{f=\"e\"} 1 5"],
    },
    Lines {
        kind: "info",
        sound: &["f_info{v=\"1\"} 1", "f_info{v=\"2\"} 1"],
        odd: &["f_info{v=\"3\"} 2", "f_info{v=\"4\"} 1 5", "f_info{le=\"1\"} 1", "f_info NaN"],
    },
    Lines {
        kind: "gauge",
        sound: &["f 1", "f{x=\"1\"} NaN", "f{x=\"2\"} -Inf 5"],
        odd: &["f{le=\"1\"} 1", "f{quantile=\"2\"} -1", "f{__x=\"1\"} 1"],
    },
    Lines { kind: "unknown", sound: &["f 1", "f{x=\"1\"} -1"], odd: &["f{__x=\"1\"} 1", "f{x=\"2\"} 1 1e3"] },
];

/// A family of a kind: some of its sound lines left out, some odd ones added, in any order.
fn family() -> impl Strategy<Value = (&'static str, Vec<&'static str>)> {
    (0..LINES.len()).prop_flat_map(|at| {
        let lines = &LINES[at];
        let kept = prop_oneof![
            2 => Just(lines.sound.to_vec()),
            1 => proptest::sample::subsequence(lines.sound.to_vec(), 0..=lines.sound.len()),
        ];
        let odd = proptest::sample::subsequence(lines.odd.to_vec(), 0..=2);
        (kept, odd)
            .prop_map(|(kept, odd)| [kept, odd].concat())
            .prop_shuffle()
            .prop_map(|all| (lines.kind, all))
    })
}

/// The family's lines in a format, under a name of its own.
fn written(name: &str, (kind, lines): &(&'static str, Vec<&'static str>), format: Format) -> Option<String> {
    let (kind, suffix) = match (format, *kind) {
        (Format::Text, "counter") => ("counter", "_total"),
        (Format::Text, "unknown") => ("untyped", ""),
        (Format::Text, "gaugehistogram" | "stateset" | "info") => return None,
        (_, kind) => (kind, ""),
    };
    let fits = |line: &&&str| {
        format == Format::OpenMetrics
            || !(line.contains("_created")
                || line.contains('#')
                || line.contains("1e3")
                || line.ends_with(".5"))
    };
    let lines = lines
        .iter()
        .filter(fits)
        .map(|line| line.replacen('f', name, 1).replace("f=\"", &format!("{name}=\"")));
    Some(format!("# TYPE {name}{suffix} {kind}\n{}\n", lines.collect::<Vec<_>>().join("\n")))
}

/// What is accepted is accepted by the strict parsers too, whatever stands next to it; and what is sound is
/// accepted.
#[test]
fn no_family_that_is_let_in_spoils_the_page() {
    let strict = RefCell::new(Strict::start());
    let sound = |read: &Read, name: &str| read.metas.keys().any(|family| family.starts_with(name));
    let families = proptest::collection::vec(family(), 1..4);
    TestRunner::new(proptest::test_runner::Config::with_cases(400))
        .run(&(families, any::<bool>()), |(families, is_text)| {
            let source = if is_text { Format::Text } else { Format::OpenMetrics };
            let names = ["aa", "bb", "cc"];
            let written =
                families.iter().zip(names).filter_map(|(family, name)| written(name, family, source));
            let end = if is_text { "" } else { "# EOF\n" };
            let text = written.collect::<String>().replace("\n\n", "\n") + end;
            let registry = ours();
            let joined = text.clone();
            registry.join(move || joined.clone());
            for format in FORMATS {
                let page = render(&registry, format);
                let read = strict.borrow_mut().read(format, &page);
                let read = read.map_err(|why| TestCaseError::fail(format!("{why}\n{text}\n->\n{page}")))?;
                for (family, name) in families.iter().zip(names) {
                    let kind = LINES.iter().find(|lines| lines.kind == family.0).unwrap();
                    let is_whole = family.1.iter().all(|line| kind.sound.contains(line))
                        && family.1.len() == kind.sound.len();
                    let has_it = !is_text || !["gaugehistogram", "stateset", "info"].contains(&family.0);
                    if is_whole
                        && has_it
                        && !(format == Format::Text && family.0 == "gaugehistogram")
                        && refused(&registry)[0] == 0
                    {
                        prop_assert!(sound(&read, name), "{:?} is missing\n{text}\n->\n{page}", family);
                    }
                }
            }
            Ok(())
        })
        .unwrap();
}
