//! Dots in names and keys, and labels that are absent without a text: what a Prometheus keeps of them.

use crate::server::Prometheus;
use crate::strict::Strict;
use std::time::{Duration, SystemTime};
use telemetry::prometheus::{Format, render, serve};
use telemetry::{Registry, metrics};

#[metrics(namespace = "http.server", mock(cfg(any())))]
pub trait Metrics {
    /// Requests served.
    #[counter(name = "request.count")]
    fn requests(
        &self,
        #[label(cap = 8, name = "http.route", none = "")] route: Option<&str>,
        #[label(values = ["get", "put"], name = "http.method", none = "")] method: Option<&str>,
    );

    /// Sizes of bodies.
    #[histogram(name = "body.size", unit = bytes, buckets = [10, 100])]
    fn body(&self, #[label(cap = 8, name = "http.route", none = "")] route: Option<&str>, size: u64);

    /// Whether it is ready, and since when.
    #[gauge(name = "is.ready", value = ready)]
    #[gauge(name = "ready.since", value = since)]
    fn set_ready(&self, #[value] ready: bool, since: SystemTime);
}

fn record(metrics: &impl Metrics) {
    metrics.requests(Some("/"), Some("get"));
    (0..2).for_each(|_| metrics.requests(None, Some("brew")));
    (0..3).for_each(|_| metrics.requests(None, None));
    metrics.body(Some("/"), 5);
    metrics.body(None, 50);
    metrics.set_ready(true, SystemTime::UNIX_EPOCH + Duration::from_millis(1_500));
}

#[test]
fn prometheus_keeps_underscores_for_dots_and_no_empty_label() {
    let registry = Registry::new();
    record(&registry.register::<dyn Metrics>().unwrap());
    let server = serve("127.0.0.1:0", &registry).unwrap();
    for prometheus in Prometheus::each("dots", &[("dots", server.local_addr())]) {
        prometheus.wait_for_scrapes("dots", 1.0);
        keeps_underscores(&prometheus);
    }
}

fn keeps_underscores(prometheus: &Prometheus) {
    let requests =
        |matchers: &str| prometheus.number(&format!("http_server_request_count_total{{{matchers}}}"));
    let matchers = [
        r#"http_route="/",http_method="get""#,
        r#"http_route="",http_method="other""#,
        r#"http_route="",http_method="""#,
    ];
    assert_eq!(matchers.map(|matchers| requests(matchers).to_string()), ["1", "2", "3"]);
    let keyed = "count by (http_route) (http_server_request_count_total{http_route!=\"\"})";
    assert_eq!(prometheus.series(keyed), 1, "an empty label is none");
    assert_eq!(prometheus.label_values("http_route", "http_server_request_count_total"), ["/"]);
    let queries = [
        r#"http_server_body_size_bytes_count{http_route=""}"#,
        "http_server_is_ready",
        "http_server_ready_since_seconds",
    ];
    assert_eq!(queries.map(|query| prometheus.number(query).to_string()), ["1", "1", "1.5"]);
}

#[test]
fn strict_parsers_read_dots_and_empty_labels() {
    let registry = Registry::new();
    record(&registry.register::<dyn Metrics>().unwrap());
    let mut strict = Strict::start();
    for format in [Format::Text, Format::OpenMetrics] {
        strict.read(format, &render(&registry, format)).unwrap();
    }
}
