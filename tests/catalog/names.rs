//! Every document asks for the names that a scrape has.

use telemetry::prometheus::{Format, render};
use telemetry::{Registry, catalog, metrics};

#[metrics(namespace = "node", suffixes = off)]
pub trait Metrics {
    /// Blocks accepted.
    #[counter]
    #[alert(rate_below = 1.0, severity = "page")]
    #[log(off)]
    fn blocks(&self);

    /// Time of a block.
    #[histogram(unit = seconds, buckets = [1.0])]
    #[alert(above = 0.5, quantile = 0.9, over = "5m")]
    #[log(off)]
    fn latency(&self, seconds: f64);

    /// Hits, and their name before.
    #[counter(suffixes = on, was = "node_hits")]
    #[log(off)]
    fn hits(&self);

    /// Rows.
    #[counter(was = "rows")]
    #[log(off)]
    fn rows(&self);
}

/// What queries may name.
const SAMPLES: [&str; 8] = [
    "node_blocks",
    "node_latency_bucket",
    "node_latency_sum",
    "node_latency_count",
    "node_hits_total",
    "node_hits",
    "node_rows",
    "rows",
];

#[test]
fn the_catalog_has_the_names_of_a_scrape() {
    let registry = Registry::new();
    registry.register::<dyn Metrics>().unwrap();
    let text = render(&registry, Format::Text);
    let mut scraped: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.starts_with("telemetry_"))
        .filter_map(|line| line.split(['{', ' ']).next())
        .collect();
    scraped.dedup();
    assert_eq!(scraped, SAMPLES);
    let catalog = catalog::Catalog::of::<dyn Metrics>();
    let of_all = catalog.metrics.iter().flat_map(|metric| {
        metric.names.prometheus.iter().chain(metric.was.iter().flat_map(|was| &was.names.prometheus))
    });
    assert_eq!(of_all.collect::<Vec<_>>(), SAMPLES);
}

#[test]
fn rules_and_panels_query_them() {
    let rules = catalog::prometheus_rules::<dyn Metrics>();
    for query in ["rate(node_blocks[5m])", "rate(node_latency_bucket[5m])"] {
        assert!(rules.contains(query), "{query} is not in {rules}");
    }
    let dashboard = catalog::grafana_dashboard::<dyn Metrics>();
    for query in ["(node_blocks{", "(node_latency_bucket{", "(node_hits_total{", "(node_rows{"] {
        assert!(dashboard.contains(query), "{query} is not in {dashboard}");
    }
    assert!(!dashboard.contains("node_blocks_total") && !dashboard.contains("node_latency_seconds"));
}

#[test]
fn the_page_shows_them_and_what_promtool_says() {
    let page = catalog::markdown::<dyn Metrics>();
    for line in [
        "| Prometheus | `node_blocks` |\n| OTLP, statsd | `node.blocks` |",
        "| promtool | `node_blocks`: counter metrics should have \"_total\" suffix |",
        "| was | `node_hits`, exported too |",
        "| promtool | `node_hits`: counter metrics should have \"_total\" suffix |",
        "| was | `rows` and `rows`, exported too |",
    ] {
        assert!(page.contains(line), "{line} is not in {page}");
    }
    assert!(!page.contains("`node_hits_total`: "), "{page}");
}

#[test]
fn a_registry_of_conventions_has_one_name_of_two_that_differ_in_suffixes_alone() {
    let registry = catalog::semconv::<dyn Metrics>();
    assert_eq!(registry.matches("metric_name: node.hits").count(), 1, "{registry}");
    assert!(registry.contains("metric_name: rows"), "{registry}");
}

/// A lock that knows nothing of suffixes is one of names with them.
#[test]
fn a_lock_shows_suffixes_only_where_there_are_none() {
    let lock = catalog::lock::<dyn Metrics>();
    assert_eq!(lock.matches("suffixes = false").count(), 3, "{lock}");
    assert!(!lock.contains("suffixes = true"), "{lock}");
}
