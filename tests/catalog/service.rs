//! One page, one rules file and one dashboard of several surfaces.

use serde_json::Value;
use telemetry::catalog::{self, Service};
use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent,
    Failed,
}

/// What the mailer does.
#[metrics(namespace = "mail.out")]
pub trait Metrics {
    /// # Delivery
    ///
    /// Mails that ended.
    #[counter]
    #[alert(ratio_above = 0.1, matching(outcome = "failed"))]
    fn deliveries(&self, outcome: Outcome);

    /// # Queues
    ///
    /// Mails that wait.
    #[gauge]
    #[alert(above = 100)]
    #[log(off)]
    fn set_waiting(&self, mails: u64);
}

mod pool {
    #[telemetry::metrics(namespace = "pool", labels(#[label(cap = 4)] pool: &str))]
    pub trait Metrics {
        /// Connections that wait.
        #[gauge]
        #[alert(below = 1)]
        fn set_idle(&self, connections: u64);
    }
}

#[metrics]
pub trait Process {
    /// Starts.
    #[counter]
    #[log(off)]
    fn starts(&self);
}

fn service() -> Service {
    Service::new("mail service")
        .surface::<dyn Metrics>()
        .surface::<dyn pool::Metrics>()
        .surface::<dyn Process>()
        // Once.
        .surface::<dyn Metrics>()
}

#[test]
fn the_page_has_a_part_for_each_surface() {
    let page = service().markdown();
    let headings: Vec<&str> = page.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(
        headings,
        [
            "# Metrics of `mail service`",
            "## `mail.out`",
            "### Delivery",
            "#### `mail_out_deliveries`",
            "### Queues",
            "#### `mail_out_waiting`",
            "### Log lines",
            "## `pool`",
            "### `pool_idle`",
            "### Log lines",
            "## `Process`",
            "### `starts`",
        ]
    );
    assert!(
        page.contains("\nThey can make up to 8 series, which are 8 time series in Prometheus: "),
        "{page}"
    );
    assert!(page.contains("\n| [`mail.out`](#mailout) | 2 | 3 | 3 |\n"), "{page}");
    assert!(page.contains("\n| [`Process`](#process) | 1 | 1 | 1 |\n"), "{page}");
}

#[test]
fn the_rules_are_those_of_all_surfaces_in_groups_of_their_own() {
    let rules = service().prometheus_rules();
    assert!(rules.starts_with("# The alerts of `mail service`, made from its declaration"), "{rules}");
    assert_eq!(rules.matches("\ngroups:\n").count(), 1);
    for alone in
        [catalog::prometheus_rules::<dyn Metrics>(), catalog::prometheus_rules::<dyn pool::Metrics>()]
    {
        let (_, groups) = alone.split_once("\ngroups:\n").unwrap();
        assert!(rules.contains(groups), "{groups} is not in {rules}");
    }
    assert_eq!(rules.matches("- name: ").count(), 2, "no group without rules: {rules}");
}

/// What the file has stands in the object, a level deeper and under its `spec`.
#[test]
fn one_object_of_the_operator_has_the_rules_of_all_surfaces() {
    let object = service().prometheus_rule_object("mail-service", "prod", &[("release", "prometheus")]);
    let (head, spec) = object.split_once("\nspec:\n").unwrap();
    assert_eq!(
        head.lines().skip(1).collect::<Vec<_>>(),
        [
            "apiVersion: monitoring.coreos.com/v1",
            "kind: PrometheusRule",
            "metadata:",
            "  name: mail-service",
            "  namespace: prod",
            "  labels:",
            "    release: prometheus",
        ]
    );
    let rules = service().prometheus_rules();
    let (_, groups) = rules.split_once('\n').unwrap();
    let spec: String = spec.lines().flat_map(|line| [line.strip_prefix("  ").unwrap(), "\n"]).collect();
    assert_eq!(spec, groups);
}

#[test]
fn the_dashboard_has_the_rows_of_all_surfaces() {
    let text = service().grafana_dashboard();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(dashboard["title"], "mail service");
    assert_eq!(dashboard["tags"], serde_json::json!(["telemetry", "mail.out", "pool"]));
    let panels = dashboard["panels"].as_array().unwrap();
    let rows: Vec<&Value> =
        panels.iter().filter(|panel| panel["type"] == "row").map(|row| &row["title"]).collect();
    assert_eq!(rows, ["Mail.out: Delivery", "Mail.out: Queues", "Pool", "Process"]);
    let mut ids: Vec<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id twice");
    assert!(text.contains("__name__=~\\\"mail_out_.+|pool_.+|starts_total\\\""), "{text}");
}

/// Every panel of the dashboard has its link, under the metric that it shows.
#[test]
fn the_page_links_metrics_to_their_panels() {
    let dashboard: Value = serde_json::from_str(&service().grafana_dashboard()).unwrap();
    let uid = dashboard["uid"].as_str().unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row");
    let page = service().grafana("https://grafana.example.com/").markdown();
    let mut linked = 0;
    for panel in panels {
        let title = panel["title"].as_str().unwrap();
        let id = panel["id"].as_u64().unwrap();
        let link = format!("[{title}](https://grafana.example.com/d/{uid}?viewPanel={id})");
        assert!(page.contains(&link), "{link} is not in {page}");
        linked += 1;
    }
    assert_eq!(page.matches("?viewPanel=").count(), linked);
    let (_, deliveries) = page.split_once("#### `mail_out_deliveries`").unwrap();
    let (deliveries, _) = deliveries.split_once("### Queues").unwrap();
    assert!(deliveries.contains("| dashboard | [Deliveries](https://"), "{deliveries}");
    assert!(deliveries.contains(", [MailOutDeliveriesRatioAbove: ratio over 5m](https://"), "{deliveries}");
    assert!(!service().markdown().contains("viewPanel"));
}
