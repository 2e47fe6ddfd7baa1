//! Alerting rules for Prometheus.

use super::promql::{Metric, declarations};
use super::{unit, yaml};
use crate::schema::{AlertSchema, Condition, Quantity, Schema};
use crate::surface::Surface;
use serde::Serialize;

/// Renders the surface's alerts as a [rule file] of Prometheus, in YAML.
///
/// Each `#[alert]` is one rule, in declaration order, in one group with the name of the namespace. The
/// expressions:
///
/// | declared | expression |
/// |---|---|
/// | `above = 30` | the value of each series |
/// | `above = 30, by(queue)` | the largest value per `job` and label |
/// | `below = 1, by(queue)` | the smallest value per `job` and label |
/// | both, of an up-down counter | the sum per `job` and label |
/// | `rate_above = 5` | the counter's growth per second, summed per `job` and the labels of `by` |
/// | `ratio_above = 0.05, matching(status = "5xx")` | the matching series' share of the counter's growth |
/// | `ratio_above = 0.1, to = attempts` | the counter's growth, divided by that of `attempts` |
/// | `quantile = 0.99, above = 0.5` | `histogram_quantile` over the buckets' growth |
///
/// Without events, a share and a quantile have no value, and the alert does not fire. A counter that does not
/// grow has the rate 0. Prometheus does not count the first event of a new series as growth: `rate_above = 0`
/// and `ratio_above = 0` compile only if the registry has the series from the start, and `rate_below` does
/// not fire before the first series exists. A process that is not scraped has no series: use Prometheus' `up`
/// for that.
///
/// When series are removed (`#[remove]`, or the last handle of a label set), a gauge's alert goes quiet with
/// the next scrape. A counter stands still until its last sample is out of Prometheus' sight, 5 minutes by
/// default and the time of `over` after that, so `rate_below` with a label in `by` may fire for what is gone:
/// give it a `for` that is longer, or leave that label out. No rule asks by `absent(..)` whether a series is
/// there: Prometheus cannot tell what was removed from what was never there.
///
/// | annotation | is |
/// |---|---|
/// | `summary` | the first paragraph of the help text |
/// | `description` | the value and the threshold, in readable form |
/// | `declared` | the declaring method |
/// | `runbook_url` | the URL of `runbook` |
///
/// [rule file]: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
///
/// # Examples
///
/// ```
/// use telemetry::{catalog, metrics};
///
/// #[metrics(namespace = "mailer")]
/// pub trait Metrics {
///     /// Mails handed to the server.
///     #[counter]
///     #[alert(ratio_above = 0.05, matching(ok = "false"), for = "10m", severity = "page")]
///     fn sent(&self, ok: bool);
/// }
///
/// let rules = catalog::prometheus_rules::<dyn Metrics>();
/// assert!(rules.contains("- alert: MailerSentRatioAbove\n"));
/// assert!(rules.contains("/ sum by (job) (rate(mailer_sent_total[5m])) > 0.05"));
/// assert!(rules.contains("for: 10m\n"));
/// ```
#[must_use]
pub fn prometheus_rules<S: Surface + ?Sized>() -> String {
    render(S::SCHEMA.name, &[S::SCHEMA])
}

/// Renders the rules of several surfaces, with a title.
pub(super) fn render(title: &str, schemas: &[&'static Schema]) -> String {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for group in schemas.iter().flat_map(|schema| groups_of(schema)) {
        // A file has no two groups of one name.
        match groups.iter_mut().find(|other| other.name == group.name) {
            Some(other) => other.rules.extend(group.rules),
            None => groups.push(group),
        }
    }
    let file = yaml::text(&File { groups });
    format!("# The alerts of `{title}`, made from its declaration: change it there.\n{file}")
}

/// Returns the groups of a surface, without those that have no rules.
fn groups_of(schema: &'static Schema) -> Vec<Group<'static>> {
    let rules: Vec<Rule<'_>> = declarations(schema)
        .flat_map(|metric| metric.instrument().alerts.iter().map(move |alert| rule(metric, alert)))
        .collect();
    let name = schema.short_name();
    if rules.is_empty() { Vec::new() } else { vec![Group { name, rules }] }
}

#[derive(Serialize)]
struct File<'a> {
    groups: Vec<Group<'a>>,
}

#[derive(Serialize)]
struct Group<'a> {
    name: &'a str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
struct Rule<'a> {
    alert: &'a str,
    expr: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    r#for: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Labels<'a>>,
    annotations: Annotations,
}

#[derive(Serialize)]
struct Labels<'a> {
    severity: &'a str,
}

#[derive(Serialize)]
struct Annotations {
    summary: String,
    description: String,
    declared: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    runbook_url: String,
}

fn rule(metric: Metric, alert: &AlertSchema) -> Rule<'_> {
    let sign = match alert.condition {
        Condition::Above(_) => '>',
        Condition::Below(_) => '<',
    };
    let summary = metric.instrument().help.split("\n\n").next().unwrap_or_default();
    Rule {
        alert: alert.name,
        expr: format!("{} {sign} {}", metric.compared(alert, &[]), alert.condition.threshold()),
        r#for: alert.hold,
        labels: (!alert.severity.is_empty()).then_some(Labels { severity: alert.severity }),
        annotations: Annotations {
            summary: literal(summary),
            description: description(metric, alert),
            declared: metric.declared(),
            runbook_url: literal(alert.runbook),
        },
    }
}

/// Returns the situation with the alert's own numbers, as a template of Prometheus.
fn description(metric: Metric, alert: &AlertSchema) -> String {
    let value = unit::template(alert.quantity, metric.instrument().unit);
    let name = metric.family();
    let over = alert.over;
    let selected = literal(&metric.selected(alert));
    let of = if selected.is_empty() { name.clone() } else { format!("{name} with {selected}") };
    let situation = match alert.quantity {
        Quantity::Level => format!("{of} is {value}"),
        Quantity::Rate => format!("{of} grows by {value} a second over {over}"),
        Quantity::Ratio { to: None } => format!("{value} of {name} has {selected} over {over}"),
        Quantity::Ratio { to: Some(to) } => format!("{of} is {value} of {to} over {over}"),
        Quantity::Quantile(quantile) => {
            format!("{} of {of} is up to {value} over {over}", unit::percent(quantile))
        }
    };
    let kept = metric.kept(alert).into_iter().map(|key| format!("{key} {{{{ $labels.{key} }}}}"));
    format!("{situation}, {} ({}).", limit(metric, alert), kept.collect::<Vec<_>>().join(", "))
}

/// Returns the condition in readable form: "above 30 s for 1m".
pub(super) fn limit(metric: Metric, alert: &AlertSchema) -> String {
    let side = match alert.condition {
        Condition::Above(_) => "above",
        Condition::Below(_) => "below",
    };
    let threshold = unit::threshold(alert.quantity, metric.instrument().unit, alert.condition.threshold());
    let hold = if alert.hold.is_empty() { String::new() } else { format!(" for {}", alert.hold) };
    format!("{side} {threshold}{hold}")
}

/// Escapes a text so that Prometheus' templates print it as it is.
fn literal(text: &str) -> String {
    text.replace("{{", "{{ \"{{\" }}")
}
