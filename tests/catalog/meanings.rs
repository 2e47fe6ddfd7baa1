//! What the documents say beyond names: the meaning of values, sections, queries and cost.

use std::time::Duration;
use telemetry::catalog::{self, Catalog};
use telemetry::{Label, Registry, metrics, prometheus};

/// The way in which a delivery ended.
///
/// More for readers of the code.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took the mail | for good.
    Sent,
    /// The server refused it; it is tried again.
    Deferred,
    #[label(other)]
    Unclear,
}

/// A queue by its name.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "queue", cap = 2, known = ["in", "out"])]
pub struct Queue<'a>(pub &'a str);

#[metrics(namespace = "mail", labels(
    /// The customer.
    #[label(values = ["acme", "umbrella"])] tenant: &str
))]
pub trait Metrics {
    /// Sessions since the start.
    #[counter]
    fn sessions(&self);

    /// # Delivery
    ///
    /// Mails that ended.
    ///
    /// A second paragraph.
    #[counter]
    #[histogram(name = "delivery_time", labels(outcome), buckets = [0.1, 1.0])]
    fn deliveries(&self, outcome: Option<Outcome>, urgent: bool, took: Duration);

    /// Mails under way.
    #[up_down_counter(value = n)]
    fn under_way(&self, n: i64);

    /// # Queues
    ///
    /// Age of the oldest mail.
    #[gauge(unit = seconds)]
    fn set_age(&self, queue: Queue<'_>, seconds: f64);
}

fn row<'p>(page: &'p str, begin: &str) -> Vec<&'p str> {
    let rows = page.lines().filter_map(|line| line.strip_prefix(begin)?.strip_suffix(" |"));
    rows.collect()
}

#[test]
fn the_page_says_what_labels_and_values_mean() {
    let page = catalog::markdown::<dyn Metrics>();
    let outcome = "The way in which a delivery ended.<br>`sent`: The server took the mail \\| for good.<br>\
                   `deferred`: The server refused it; it is tried again.<br>`unclear`; absent `none`";
    assert_eq!(row(&page, "| `outcome` | "), [outcome, outcome]);
    assert_eq!(row(&page, "| `tenant` | ")[0], "The customer.<br>`acme`, `umbrella`, `other`");
    assert_eq!(row(&page, "| `urgent` | "), ["`false`, `true`"]);
    assert!(row(&page, "| `queue` | ")[0].starts_with("A queue by its name.<br>any, 2 kept apart"));
}

#[test]
fn programs_read_what_labels_and_values_mean() {
    let json: serde_json::Value = serde_json::from_str(&catalog::json::<dyn Metrics>()).unwrap();
    let label = &json["metrics"][1]["labels"][1];
    assert_eq!(label["help"], "The way in which a delivery ended.");
    assert_eq!(label["value_help"]["deferred"], "The server refused it; it is tried again.");
    assert!(label["value_help"].get("unclear").is_none());
    assert!(json["metrics"][1]["labels"][2].get("help").is_none());
    let yaml = catalog::semconv::<dyn Metrics>();
    assert!(yaml.contains("brief: The server refused it; it is tried again.\n"), "{yaml}");
    assert!(yaml.contains("brief: The way in which a delivery ended. One of 4 values.\n"), "{yaml}");
}

#[test]
fn a_heading_in_a_doc_comment_begins_a_section() {
    let page = catalog::markdown::<dyn Metrics>();
    let headings: Vec<&str> = page.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(
        headings,
        [
            "# Metrics of `Metrics`",
            "## `mail_sessions`",
            "## Delivery",
            "### `mail_deliveries`",
            "### `mail_delivery_time_seconds`",
            "### `mail_under_way`",
            "## Queues",
            "### `mail_age_seconds`",
            "## Log lines",
        ]
    );
    let catalog = Catalog::of::<dyn Metrics>();
    assert_eq!(catalog.metrics[1].help, "Mails that ended.\n\nA second paragraph.");
    let dashboard: serde_json::Value =
        serde_json::from_str(&catalog::grafana_dashboard::<dyn Metrics>()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let rows: Vec<_> = panels.filter(|panel| panel["type"] == "row").map(|row| &row["title"]).collect();
    assert_eq!(rows, ["All", "Delivery", "Queues"]);
}

#[test]
fn each_metric_says_how_it_is_asked_for() {
    let catalog = Catalog::of::<dyn Metrics>();
    let queries: Vec<&str> =
        catalog.metrics.iter().flat_map(|metric| &metric.queries).map(String::as_str).collect();
    assert_eq!(
        queries,
        [
            "sum by (tenant) (rate(mail_sessions_total[5m]))",
            "sum by (tenant, outcome, urgent) (rate(mail_deliveries_total[5m]))",
            "histogram_quantile(0.95, sum by (tenant, outcome, le) (rate(mail_delivery_time_seconds_bucket[5m])))",
            "sum by (tenant, outcome) (rate(mail_delivery_time_seconds_sum[5m])) / \
             sum by (tenant, outcome) (rate(mail_delivery_time_seconds_count[5m]))",
            "sum by (tenant) (mail_under_way)",
            "mail_age_seconds",
        ]
    );
}

#[test]
fn the_size_of_a_scrape_is_estimated() {
    let (registry, mut kept) = (Registry::new(), Vec::new());
    for tenant in ["acme", "umbrella", "x"] {
        let metrics = registry.register_with::<dyn Metrics>(MetricsLabels { tenant }).unwrap();
        for outcome in [None, Some(Outcome::Sent), Some(Outcome::Deferred), Some(Outcome::Unclear)] {
            metrics.deliveries(outcome, true, Duration::from_millis(123_456));
        }
        metrics.under_way(12);
        metrics.set_age(Queue("in"), 1_234.5);
        metrics.set_age(Queue("out"), 1_234.5);
        kept.push(metrics);
    }
    let page = prometheus::render(&registry, prometheus::Format::Text);
    let ours = page.lines().filter(|line| line.contains("mail_")).map(|line| line.len() as u64 + 1);
    let (size, estimate) = (ours.sum::<u64>(), Catalog::of::<dyn Metrics>().scrape_bytes);
    assert!((size * 3 / 4..=size * 4 / 3).contains(&estimate), "{estimate} bytes, and {size} are written");
    let page = catalog::markdown::<dyn Metrics>();
    assert!(page.contains(" time series in Prometheus: a scrape of some "), "{page}");
}
