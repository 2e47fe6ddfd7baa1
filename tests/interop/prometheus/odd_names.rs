//! Names as services have them, and not as Prometheus and OpenMetrics would make them: every reader takes
//! them, and the catalog says what promtool says.

use crate::every_kind;
use crate::http::{self, Endpoint};
use crate::promtool;
use crate::samples::{Metas, Samples};
use crate::server::Prometheus;
use crate::strict::Strict;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::SystemTime;
use telemetry::catalog::Catalog;
use telemetry::prometheus::{Format, render, serve};
use telemetry::{Registry, metrics};

#[metrics(namespace = "odd", suffixes = off)]
trait Metrics {
    /// A counter without `_total`.
    #[counter]
    #[log(off)]
    fn accepted_blocks(&self, #[label(cap = 8, name = "peerName")] peer: &str);

    /// A counter and a gauge that differ in `_total`.
    #[counter(name = "connections_total")]
    #[gauge(name = "connections", value = open)]
    #[log(off)]
    fn connected(&self, open: u64);

    /// A latency without its unit, and its sum as a name.
    #[histogram(unit = seconds, buckets = [1.0])]
    #[log(off)]
    fn latency(&self, seconds: f64);

    /// A latency in a unit that nobody knows here.
    #[histogram(buckets = [1.0])]
    #[log(off)]
    fn latency_ms(&self, millis: f64);

    /// The unit written.
    #[histogram(unit = seconds, buckets = [1.0])]
    #[log(off)]
    fn wait_seconds(&self, seconds: f64);

    /// A histogram that is called as a sample of one.
    #[histogram(buckets = [1.0], name = "blocks_per_commit_count")]
    #[log(off)]
    fn blocks(&self, n: u64);

    /// The build.
    #[gauge(name = "build_info", labels(version = "1.2"))]
    #[log(off)]
    fn set_build(&self, one: u64);

    /// A gauge that is called as a counter.
    #[gauge(name = "rows_total")]
    #[log(off)]
    fn set_rows(&self, n: u64);

    /// Gauges that are called as samples.
    #[gauge(name = "files_created")]
    #[gauge(name = "files_sum")]
    #[gauge(name = "files_bucket")]
    #[gauge(name = "files_count")]
    #[log(off)]
    fn set_files(&self, n: u64);

    /// A counter that is called as a sample.
    #[counter(name = "leaky_bucket")]
    #[counter(name = "made_created")]
    #[counter(name = "agent_info")]
    #[log(off)]
    fn leaked(&self);

    /// A name that has its type in it.
    #[up_down_counter(name = "jobs_gauge_milliseconds", value = 1)]
    #[log(off)]
    fn jobs(&self);

    /// Suffixes, where a former name had none.
    #[counter(suffixes = on, was = "odd_hits")]
    #[log(off)]
    fn hits(&self);

    /// No suffixes, where a former name had some.
    #[counter(was = "odd_misses_total")]
    #[log(off)]
    fn misses(&self);

    /// Former names of elsewhere.
    #[counter(suffixes = on, was = "processedRows")]
    #[gauge(name = "depth", value = n, was = "Depth__Of_")]
    #[histogram(name = "size", value = n, buckets = [1.0], was = "size_count_total")]
    #[log(off)]
    fn processed(&self, n: u64);
}

/// Another name, with suffixes, that reserved ends were once refused in.
#[metrics(namespace = "regular")]
trait Regular {
    /// Counters.
    #[counter(name = "row_count")]
    #[counter(name = "row_sum")]
    #[counter(name = "row_bucket")]
    #[counter(name = "build_info")]
    #[counter(name = "row_created")]
    #[log(off)]
    fn rows(&self);

    /// A gauge.
    #[gauge(name = "started_info", unit = seconds)]
    #[log(off)]
    fn set_started(&self, at: f64);
}

fn recorded() -> Registry {
    let registry = Registry::new();
    let odd = registry.register::<dyn Metrics>().unwrap();
    odd.accepted_blocks("a");
    odd.connected(3);
    odd.latency(0.5);
    odd.latency_ms(500.0);
    odd.wait_seconds(2.0);
    odd.blocks(1);
    odd.set_build(1);
    odd.set_rows(7);
    odd.set_files(9);
    odd.leaked();
    odd.jobs();
    (0..4).for_each(|_| odd.hits());
    (0..5).for_each(|_| odd.misses());
    odd.processed(6);
    let regular = registry.register::<dyn Regular>().unwrap();
    regular.rows();
    regular.set_started(1.5);
    registry
}

fn is_ours(name: &str) -> bool {
    !name.starts_with("telemetry_")
}

/// What [`recorded`] comes to.
fn expected(format: Format) -> Samples {
    let mut all = Samples::default();
    // A sample of a counter without `_created` is that of a gauge.
    all.gauge("odd_accepted_blocks", &[("peerName", "a")], 1.0);
    let counts =
        ["connections_total", "leaky_bucket", "made_created", "agent_info", "jobs_gauge_milliseconds"];
    for name in counts {
        all.gauge(&format!("odd_{name}"), &[], 1.0);
    }
    all.gauge("odd_connections", &[], 3.0);
    let (below, above) = ([("1.0", 1.0), ("+Inf", 1.0)], [("1.0", 0.0), ("+Inf", 1.0)]);
    all.histogram(format, "odd_latency", &[], &below, Some(0.5));
    all.histogram(format, "odd_latency_ms", &[], &above, Some(500.0));
    all.histogram(format, "odd_wait_seconds", &[], &above, Some(2.0));
    all.histogram(format, "odd_blocks_per_commit_count", &[], &below, Some(1.0));
    all.gauge("odd_build_info", &[("version", "1.2")], 1.0);
    all.gauge("odd_rows_total", &[], 7.0);
    for name in ["files_created", "files_sum", "files_bucket", "files_count"] {
        all.gauge(&format!("odd_{name}"), &[], 9.0);
    }
    for (name, count) in
        [("odd_hits", 4.0), ("odd_hits_total", 4.0), ("odd_misses", 5.0), ("odd_misses_total", 5.0)]
    {
        all.gauge(name, &[], count);
    }
    all.counter(format, "odd_processed", &[], 1.0);
    all.gauge("processedRows", &[], 1.0);
    for name in ["odd_depth", "Depth__Of_"] {
        all.gauge(name, &[], 6.0);
    }
    for name in ["odd_size", "size_count_total"] {
        all.histogram(format, name, &[], &above, Some(6.0));
    }
    for name in ["row_count", "row_sum", "row_bucket", "build_info", "row_created"] {
        all.counter(format, &format!("regular_{name}"), &[], 1.0);
    }
    all.gauge("regular_started_info_seconds", &[], 1.5);
    all
}

/// The type of a family, and its unit if OpenMetrics tells it.
const TYPES: [(&str, [&str; 2], &str); 14] = [
    ("odd_accepted_blocks", ["counter", "unknown"], ""),
    ("odd_connections_total", ["counter", "unknown"], ""),
    ("odd_connections", ["gauge", "gauge"], ""),
    // Its name does not end in the unit, so that OpenMetrics allows none.
    ("odd_latency", ["histogram", "histogram"], ""),
    ("odd_wait_seconds", ["histogram", "histogram"], "seconds"),
    ("odd_blocks_per_commit_count", ["histogram", "histogram"], ""),
    ("odd_build_info", ["gauge", "gauge"], ""),
    ("odd_rows_total", ["gauge", "gauge"], ""),
    ("odd_files_created", ["gauge", "gauge"], ""),
    ("odd_made_created", ["counter", "unknown"], ""),
    ("odd_hits", ["counter", "unknown"], ""),
    ("odd_hits_total", ["counter", "unknown"], ""),
    ("odd_misses_total", ["counter", "unknown"], ""),
    ("processedRows", ["counter", "unknown"], ""),
];

fn assert_typed(format: Format, metas: &Metas, judge: &str) {
    for (name, [text, open_metrics], unit) in TYPES {
        let found = metas.get(name).unwrap_or_else(|| panic!("{judge}: {name}"));
        let (kind, unit) = match format {
            Format::Text => (text, ""),
            Format::OpenMetrics => (open_metrics, unit),
        };
        assert_eq!((found.kind.as_str(), found.unit.as_str()), (kind, unit), "{judge}: {name}");
    }
}

/// The parser of the text format is not asked: it calls a counter without `_total` as if it had that end.
/// promtool and the server read the text below.
#[test]
fn the_strict_parser_reads_odd_names() {
    let start = SystemTime::now();
    let judge = "strict";
    let body = render(&recorded(), Format::OpenMetrics);
    let read = Strict::start().read(Format::OpenMetrics, &body).expect(judge);
    assert_typed(Format::OpenMetrics, &read.metas, judge);
    assert_samples(Format::OpenMetrics, read.samples, start, judge);
}

fn assert_samples(format: Format, samples: Samples, start: SystemTime, judge: &str) {
    // A gauge of that name has no time.
    let is_odd = |name: &str| ["odd_files_created", "odd_made_created"].contains(&name);
    let mut times = samples.clone().only(|name| is_ours(name) && !is_odd(name));
    times.created_since(start);
    expected(format).only(|name| !is_odd(name)).assert_same(&times, judge);
    expected(format).only(is_odd).assert_same(&samples.only(is_odd), judge);
}

#[test]
fn the_server_keeps_odd_names() {
    let start = SystemTime::now();
    let server = serve("127.0.0.1:0", &recorded()).unwrap();
    let address = server.local_addr();
    // The server asks for OpenMetrics first; this asks in its place for text.
    let text = Endpoint::start(move || http::get(address, "/metrics", "text/plain;version=0.0.4"));
    let jobs = [("text", Format::Text, text.address), ("openmetrics", Format::OpenMetrics, address)];
    let servers = Prometheus::each("odd-names", &jobs.map(|(job, _, address)| (job, address)));
    for (prometheus, (job, format, _)) in servers.iter().flat_map(|server| jobs.map(|job| (server, job))) {
        let judge = format!("{prometheus}, {job}");
        let samples = prometheus.read(job).expect(&judge);
        assert_samples(format, samples, start, &judge);
        assert_typed(format, &prometheus.metas(job), &judge);
    }
}

#[test]
fn the_catalog_says_what_promtool_says() {
    let said: BTreeSet<String> = promtool::lints(&render(&recorded(), Format::Text)).into_iter().collect();
    let catalogs = [Catalog::of::<dyn Metrics>(), Catalog::of::<dyn Regular>()];
    let lints = catalogs.iter().flat_map(|catalog| &catalog.metrics).flat_map(|metric| metric.lints.clone());
    assert_eq!(lints.collect::<BTreeSet<_>>(), said);
    // The rules about names that this test has at least.
    for rule in
        ["\"_total\"", "\"_bucket\"", "\"_count\"", "base unit", "type 'gauge'", "abbreviated", "label names"]
    {
        assert!(said.iter().any(|line| line.contains(rule)), "{rule}: {said:#?}");
    }
}

#[test]
fn promtool_takes_the_queries_of_the_catalog() {
    let catalogs = [
        Catalog::of::<dyn Metrics>(),
        Catalog::of::<dyn Regular>(),
        Catalog::of::<dyn every_kind::Metrics>(),
    ];
    let queries = catalogs.iter().flat_map(|catalog| &catalog.metrics).flat_map(|metric| &metric.queries);
    let rules: Vec<Value> = (0..)
        .zip(queries)
        .map(|(at, query)| json!({ "record": format!("query:{at}"), "expr": query }))
        .collect();
    assert!(rules.len() > 20);
    let file = json!({ "groups": [{ "name": "queries", "rules": rules }] });
    assert_eq!(promtool::check_rules("catalog-queries", &file.to_string()), Ok(rules.len()));
}
