//! A native histogram on the page, in the queries, in the rules and in the lock.

use std::time::Duration;
use telemetry::catalog::{self, Catalog};
use telemetry::metrics;

#[metrics]
pub trait Metrics {
    /// Time to answer.
    #[histogram(native, buckets = [0.25, 1.0])]
    #[slo(objective = 0.99, below = 0.25, name = "latency")]
    #[alert(quantile = 0.99, above = 0.5)]
    fn answered(&self, #[label(cap = 8)] route: &str, took: Duration);

    /// Time to ask.
    #[histogram(buckets = [0.25, 1.0])]
    fn asked(&self, took: Duration);
}

#[test]
fn queries_find_either_form() {
    let catalog = Catalog::of::<dyn Metrics>();
    assert_eq!(
        catalog.metrics[0].queries,
        [
            "histogram_quantile(0.95, sum by (route) (rate(answered_seconds[5m]))) or \
             histogram_quantile(0.95, sum by (route, le) (rate(answered_seconds_bucket[5m]) unless ignoring (le) \
             answered_seconds))",
            "histogram_sum(sum by (route) (rate(answered_seconds[5m]))) / \
             histogram_count(sum by (route) (rate(answered_seconds[5m]))) or \
             sum by (route) (rate(answered_seconds_sum[5m])) / sum by (route) (rate(answered_seconds_count[5m]))",
        ]
    );
    assert_eq!(
        catalog.metrics[1].queries,
        [
            "histogram_quantile(0.95, sum by (le) (rate(asked_seconds_bucket[5m])))",
            "sum(rate(asked_seconds_sum[5m])) / sum(rate(asked_seconds_count[5m]))",
        ]
    );
}

/// Each form has a comparison of its own: a native histogram without events has no quantile, and hides none.
#[test]
fn an_alert_compares_the_forms_separately() {
    let rules = catalog::prometheus_rules::<dyn Metrics>();
    let native = "histogram_quantile(0.99, sum by (job) (rate(answered_seconds[5m]))) > 0.5 or \
                  histogram_quantile(0.99, sum by (job, le) (rate(answered_seconds_bucket[5m]) unless ignoring (le) \
                  answered_seconds)) > 0.5";
    assert!(rules.contains(native), "{rules}");
    let good = "rate(answered_seconds_bucket{le=\"0.25\"}[5m]) unless ignoring (le) \
                (answered_seconds unless answered_seconds_count) or ignoring (le) \
                histogram_fraction(0, 0.25, rate(answered_seconds[5m])) * \
                histogram_count(rate(answered_seconds[5m])) > 0";
    let all = "rate(answered_seconds_count[5m]) unless (answered_seconds unless answered_seconds_count) or \
               histogram_count(rate(answered_seconds[5m]))";
    let good = format!("sum by (job) ({good})");
    let all = format!("sum by (job) ({all})");
    assert!(rules.contains(&format!("expr: 1 - ({good} or 0 * {all}) / {all}\n")), "{rules}");
}

#[test]
fn the_page_and_the_lock_have_the_native_form() {
    let page = catalog::markdown::<dyn Metrics>();
    let line = "\n| native | `answered_seconds`, in a Prometheus that scrapes native histograms |\n";
    assert_eq!(page.matches(line).count(), 1, "{page}");
    assert_eq!(page.matches("\n| native |").count(), 1, "{page}");
    let lock = catalog::lock::<dyn Metrics>();
    let (_, answered) = lock.split_once("[metrics.answered]").unwrap();
    let (answered, asked) = answered.split_once("[metrics.asked]").unwrap();
    assert!(answered.contains("\nnative = true\n"), "{lock}");
    assert!(!asked.contains("native"), "{lock}");
}

/// The dashboard's variables find a process by either form, and a heatmap has one of them.
#[test]
fn the_dashboard_finds_either_form() {
    let dashboard = catalog::grafana_dashboard::<dyn Metrics>();
    let names = "__name__=~\\\"answered_seconds_bucket|answered_seconds|asked_seconds_bucket\\\"";
    assert!(dashboard.contains(names), "{dashboard}");
    let scope = "{job=~\\\"$job\\\",instance=~\\\"$instance\\\"}[$__rate_interval]";
    let native = format!("sum(increase(answered_seconds{scope}))");
    let buckets = format!("sum by (le) (increase(answered_seconds_bucket{scope}))");
    assert!(dashboard.contains(&format!("\"{native} or ({buckets} unless on () {native})\"")), "{dashboard}");
}
