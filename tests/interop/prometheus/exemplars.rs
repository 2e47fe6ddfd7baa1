//! Exemplars: a real Prometheus answers the trace behind a number, and a strict parser reads them.

use crate::server::{Prometheus, Setup, Version};
use crate::strict::Strict;
use crate::tool::poll;
use std::cell::Cell;
use std::net::Ipv4Addr;
use std::time::{SystemTime, UNIX_EPOCH};
use telemetry::prometheus::Format;
use telemetry::{Registry, TraceContext, metrics, prometheus};

#[metrics(namespace = "traced", mock(cfg(any())))]
trait Metrics {
    /// Orders.
    #[counter]
    #[histogram(name = "took", unit = seconds, buckets = [0.1, 1])]
    #[log(off)]
    fn orders(&self, #[label(cap = 8)] shop: &str, took: Option<f64>);

    /// Bytes, without a suffix.
    #[counter(suffixes = off)]
    #[log(off)]
    fn bytes(&self);

    /// Drift.
    #[histogram(signed, buckets = [0])]
    #[log(off)]
    fn drift(&self, seconds: f64);

    /// Time taken, in the native form.
    #[histogram(buckets = [1], native)]
    #[log(off)]
    fn native(&self, n: f64);

    /// Depth.
    #[gauge]
    #[log(off)]
    fn set_depth(&self, n: u64);
}

thread_local! {
    static TRACE: Cell<u8> = const { Cell::new(1) };
}

fn current() -> Option<TraceContext> {
    TraceContext::new([TRACE.get(); 16], [TRACE.get(); 8])
}

fn recorded() -> (Registry, telemetry::registry::Instruments<dyn Metrics>) {
    let registry = Registry::builder().exemplars(current).build().unwrap();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    TRACE.set(0xab);
    metrics.orders("a \"# {b}\n", Some(0.5));
    metrics.bytes();
    metrics.drift(-1.5);
    metrics.native(3.0);
    metrics.set_depth(1);
    TRACE.set(0xcd);
    metrics.orders("a \"# {b}\n", Some(7.25));
    (registry, metrics)
}

#[test]
fn a_strict_parser_reads_them() {
    let (registry, _metrics) = recorded();
    let body = prometheus::render(&registry, Format::OpenMetrics);
    // A counter, two buckets, and those of the two other histograms.
    assert_eq!(body.lines().filter(|line| line.contains("# {trace_id=")).count(), 5);
    let read = Strict::start().read(Format::OpenMetrics, &body).unwrap();
    assert_eq!(read.metas["traced_took_seconds"].kind, "histogram");
}

#[test]
fn prometheus_answers_the_trace_behind_a_number() {
    let (registry, _metrics) = recorded();
    let endpoint = prometheus::serve((Ipv4Addr::LOCALHOST, 0), &registry).unwrap();
    let targets = [("traced", endpoint.local_addr())];
    let text = Setup { features: "exemplar-storage", ..Setup::default() };
    let protobuf = Setup { features: "exemplar-storage,native-histograms", ..Setup::default() };
    let servers = [(Version::Two, text), (Version::Three, text), (Version::Three, protobuf)];
    let servers: Vec<_> = (0..)
        .zip(servers)
        .map(|(at, (version, setup))| Prometheus::with(version, &format!("traced-{at}"), &targets, setup))
        .collect();
    for server in servers {
        server.wait_for_scrapes("traced", 2.0);
        let one = |query: &str, trace: &str, value: f64| {
            let found = poll(
                || Some(server.exemplars(query)).filter(|found| !found.is_empty()),
                || format!("{server} has no exemplar of {query}"),
            );
            let [(series, exemplar)] = found.as_slice() else { panic!("{server}: {query}: {found:?}") };
            assert_eq!(series["job"], "traced");
            assert_eq!(exemplar.labels["trace_id"], trace.repeat(16), "{query}");
            assert_eq!(exemplar.labels["span_id"], trace.repeat(8), "{query}");
            assert!((exemplar.value.parse::<f64>().unwrap() - value).abs() < 1e-9, "{query}: {exemplar:?}");
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
            assert!((now - 600.0..=now).contains(&exemplar.timestamp), "{exemplar:?} at {now}");
        };
        one("traced_orders_total", "ab", 1.0);
        one("traced_took_seconds_bucket{le=\"1.0\"}", "ab", 0.5);
        one("traced_took_seconds_bucket{le=\"+Inf\"}", "cd", 7.25);
        one("histogram_quantile(0.99, rate(traced_took_seconds_bucket{le=\"+Inf\"}[1m]))", "cd", 7.25);
        assert!(server.exemplars("traced_depth").is_empty());
    }
}
