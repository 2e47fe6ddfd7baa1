//! Alerting rules for Prometheus.

use super::promql::{Metric, declarations};
use super::slo::{self, Slo};
use super::{unit, yaml};
use crate::schema::{AlertSchema, Condition, Quantity, Schema};
use crate::surface::Surface;
use serde::{Serialize, Serializer};

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
/// | `average_above = 0.9` | `avg_over_time` of each series; with `by` as a value |
/// | `older_than = 3600` | the seconds since the time that a series shows; with `by` since the earliest |
/// | `rate_above = 5` | the counter's growth per second, summed per `job` and the labels of `by` |
/// | `ratio_above = 0.05, matching(status = "5xx")` | the matching series' share of the counter's growth |
/// | the same, with `of(status != "4xx")` | the matching series' share of the growth of those series |
/// | `ratio_above = 0.1, to = attempts` | the counter's growth, divided by that of `attempts` |
/// | `to = [attempts, retries]`, `on = [failed, lost]` | the sum of their growth |
/// | `quantile = 0.99, above = 0.5` | `histogram_quantile` over the buckets' growth |
///
/// A server keeps a native histogram (`#[histogram(native)]`) as `x`, as `x_bucket` and `x_count`, or as
/// both: its configuration decides. The expressions find either form and count no process twice, so no alert
/// goes silent with a change of that configuration or of half a fleet. Prometheus reads them from version
/// 2.40 on. `VictoriaMetrics` knows neither the native form nor the functions of an objective of it. An
/// objective up to a bound is exact for the buckets, and an estimate within one bucket for the native form.
///
/// Without events, a share and a quantile have no value, and the alert does not fire. A counter that does not
/// grow has the rate 0. A process that is not scraped has no series: use Prometheus' `up`
/// for that.
///
/// Prometheus does not count the first event of a new series as growth. The rule of `rate_above = 0`
/// looks for series that begin, too, if not all of them exist from the start: it fires for a series
/// that is above 0 and was absent before the window. A series that comes back within an hour, with a
/// number that is not smaller, has missed scrapes, and does not fire. Nor can it be told from a process
/// that was away, and has reached the same number since. `ratio_above = 0` compiles only if the
/// registry has the series from the start, and `rate_below` does not fire before the first series
/// exists.
///
/// When series are removed (`#[remove]`, or the last handle of a label set), a gauge's alert goes quiet with
/// the next scrape. A counter stands still until its last sample is out of Prometheus' sight, 5 minutes by
/// default and the time of `over` after that, so `rate_below` with a label in `by` may fire for what is gone:
/// give it a `for` that is longer, or leave that label out. No rule asks by `absent(..)` whether a series is
/// there: Prometheus cannot tell what was removed from what was never there.
///
/// Each `#[slo]` is a set of rules in groups of their own. Its error ratio is recorded over each window
/// as `job:NAME_errors:ratio_rate5m` and so on, and two alerts, `NAMEErrorBudgetBurn` with the severity
/// `page` and `ticket`, compare it as the [SRE workbook] does: the budget is used up 14.4 times too
/// fast over 1 hour and 5 minutes or 6 times over 6 hours and 30 minutes (page); 3 times over 1 day and
/// 2 hours, or at the very rate that uses it up, over 3 days and 6 hours (ticket). A rate that no
/// errors can reach, since the objective is low, is left out. What is recorded over the objective's own
/// window needs a Prometheus that keeps samples for so long; the alerts do not.
///
/// | annotation | is |
/// |---|---|
/// | `summary` | the first paragraph of the help text |
/// | `description` | the value and the threshold, in readable form |
/// | `declared` | the declaring method |
/// | `runbook_url` | the URL of `runbook` |
///
/// [SRE workbook]: https://sre.google/workbook/alerting-on-slos/
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

/// Renders the same rules as a [`PrometheusRule`] object, for the Prometheus operator in Kubernetes.
///
/// `labels` are those of the object: by them a Prometheus selects which rules it loads.
/// [`Service::prometheus_rule_object`](super::Service::prometheus_rule_object) has the rules of several surfaces.
///
/// [`PrometheusRule`]: https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule
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
///     #[alert(rate_below = 0.1)]
///     fn sent(&self);
/// }
///
/// let labels = [("release", "prometheus")];
/// let object = catalog::prometheus_rule_object::<dyn Metrics>("mailer", "mail", &labels);
/// assert!(object.contains("kind: PrometheusRule\n"));
/// assert!(object.contains("- alert: MailerSentRateBelow\n"));
/// ```
#[must_use]
pub fn prometheus_rule_object<S: Surface + ?Sized>(
    name: &str,
    namespace: &str,
    labels: &[(&str, &str)],
) -> String {
    render_object(S::SCHEMA.name, &[S::SCHEMA], Metadata::of(name, namespace, labels))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    api_version: &'a str,
    kind: &'a str,
    metadata: Metadata<'a>,
    spec: File,
}

/// The name, the namespace and the labels of an object in Kubernetes.
#[derive(Serialize)]
pub(super) struct Metadata<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    labels: Labels<'a>,
}

impl<'a> Metadata<'a> {
    pub(super) fn of(name: &'a str, namespace: &'a str, labels: &[(&'a str, &'a str)]) -> Self {
        Metadata { name, namespace, labels: Labels::of(labels.iter().copied()) }
    }
}

/// Renders the rules of several surfaces as an object, with a title.
pub(super) fn render_object(title: &str, schemas: &[&'static Schema], metadata: Metadata<'_>) -> String {
    let object = Object {
        api_version: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata,
        spec: file(schemas),
    };
    format!("{}{}", header(title), yaml::text(&object))
}

/// Renders the rules of several surfaces, with a title.
pub(super) fn render(title: &str, schemas: &[&'static Schema]) -> String {
    format!("{}{}", header(title), yaml::text(&file(schemas)))
}

fn header(title: &str) -> String {
    format!("# The alerts of `{title}`, made from its declaration: change it there.\n")
}

fn file(schemas: &[&'static Schema]) -> File {
    let mut groups: Vec<Group> = Vec::new();
    for group in schemas.iter().flat_map(|schema| groups_of(schema)) {
        // A file has no two groups of one name.
        match groups.iter_mut().find(|other| other.name == group.name) {
            Some(other) => other.rules.extend(group.rules),
            None => groups.push(group),
        }
    }
    File { groups }
}

/// Returns the groups of a surface, without those that have no rules.
fn groups_of(schema: &'static Schema) -> impl Iterator<Item = Group> {
    let alerts: Vec<Rule> = declarations(schema)
        .flat_map(|metric| metric.instrument().alerts.iter().map(move |alert| rule(metric, alert)))
        .collect();
    let name = schema.short_name();
    let (mut recorded, mut budgets, mut burns) = (Vec::new(), Vec::new(), Vec::new());
    for slo in slo::slos(schema) {
        for window in slo.windows() {
            let is_own = window == slo.schema.window;
            if is_own { &mut budgets } else { &mut recorded }.push(record(slo, window));
        }
        burns.extend(["page", "ticket"].iter().filter_map(|severity| burn(slo, severity)));
    }
    // Alerts of a group see what its recording rules have made just before.
    recorded.extend(burns);
    let group = |suffix: &str, interval, rules| Group { name: format!("{name}{suffix}"), interval, rules };
    let groups = [
        group("", "", alerts),
        group("-slo", "", recorded),
        // What reads weeks of samples is read less often.
        group("-slo-budget", "5m", budgets),
    ];
    groups.into_iter().filter(|group| !group.rules.is_empty())
}

fn record(slo: Slo, window: &str) -> Rule {
    Rule {
        record: slo.record(window),
        expr: slo.errors(window),
        labels: Labels::default(),
        ..Rule::default()
    }
}

fn burn(slo: Slo, severity: &'static str) -> Option<Rule> {
    let instrument = slo.metric.instrument();
    let own = [("severity", severity), ("slo", slo.schema.name), ("owner", slo.metric.schema.owner)];
    let events = with(slo.metric.family(), &slo.metric.selected(slo.schema.of));
    Some(Rule {
        alert: format!("{}ErrorBudgetBurn", pascal_case(&slo.full_name())),
        expr: slo.burns(severity)?,
        labels: Labels::of(own.into_iter().chain(slo.schema.labels.iter().copied())),
        annotations: Some(Annotations {
            summary: literal(instrument.help.split("\n\n").next().unwrap_or_default()),
            description: format!(
                "{} of {} is bad, and {} in {} may be: {} is good (job {{{{ $labels.job }}}}).",
                "{{ $value | humanizePercentage }}",
                literal(&events),
                unit::percent(slo.budget()),
                slo.schema.window,
                literal(&slo.good()),
            ),
            declared: slo.metric.declared(),
            runbook_url: literal(slo.schema.runbook),
        }),
        ..Rule::default()
    })
}

fn pascal_case(name: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty());
    let word = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    words.map(word).collect()
}

#[derive(Serialize)]
struct File {
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct Group {
    name: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    interval: &'static str,
    rules: Vec<Rule>,
}

/// A rule: one that fires, or one that records.
#[derive(Default, Serialize)]
struct Rule {
    #[serde(skip_serializing_if = "String::is_empty")]
    alert: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    record: String,
    expr: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    r#for: &'static str,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    labels: Labels<'static>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<Annotations>,
}

/// The labels of a rule, in the order in which they are written.
#[derive(Default)]
struct Labels<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Labels<'a> {
    /// Returns those that are not empty.
    fn of(labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Labels(labels.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Labels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

#[derive(Serialize)]
struct Annotations {
    summary: String,
    description: String,
    declared: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    runbook_url: String,
}

fn rule(metric: Metric, alert: &'static AlertSchema) -> Rule {
    let sign = match alert.condition {
        Condition::Above(_) => '>',
        Condition::Below(_) => '<',
    };
    let threshold = alert.condition.threshold();
    let compared = metric.compared(alert, &[]);
    let compared: Vec<String> = compared.iter().map(|one| format!("{one} {sign} {threshold}")).collect();
    let compared = compared.join(" or ");
    let summary = metric.instrument().help.split("\n\n").next().unwrap_or_default();
    Rule {
        alert: alert.name.to_owned(),
        expr: match metric.begun(alert) {
            None => compared,
            Some(begun) => format!("{compared} or {begun} > 0"),
        },
        r#for: alert.hold,
        labels: Labels::of(
            [("severity", alert.severity), ("owner", metric.schema.owner)]
                .into_iter()
                .chain(alert.labels.iter().copied()),
        ),
        annotations: Some(Annotations {
            summary: literal(summary),
            description: description(metric, alert),
            declared: metric.declared(),
            runbook_url: literal(alert.runbook),
        }),
        ..Rule::default()
    }
}

/// Returns the situation with the alert's own numbers, as a template of Prometheus.
fn description(metric: Metric, alert: &AlertSchema) -> String {
    let value = unit::template(alert.quantity, metric.instrument().unit);
    let also = alert.also.iter().map(|name| (*name).to_owned());
    let name = [metric.family()].into_iter().chain(also).collect::<Vec<_>>().join(" and ");
    let over = alert.over;
    let selected = literal(&metric.selected(alert.matching));
    let of = with(name.clone(), &selected);
    let situation = match alert.quantity {
        Quantity::Level => format!("{of} is {value}"),
        Quantity::Average => format!("{of} is {value} on average over {over}"),
        Quantity::Age => format!("the time of {of} was {value} ago"),
        Quantity::Rate => format!("{of} grows by {value} a second over {over}"),
        Quantity::Ratio { to: [] } => {
            format!(
                "{value} of {} has {selected} over {over}",
                with(name, &literal(&metric.selected(alert.of)))
            )
        }
        Quantity::Ratio { to } => {
            let first = metric
                .counter(to.first().copied().unwrap_or_default())
                .map(|first| first.selected(alert.of))
                .unwrap_or_default();
            format!("{of} is {value} of {} over {over}", with(to.join(" and "), &literal(&first)))
        }
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

/// Returns a name with what is selected of it.
fn with(name: String, selected: &str) -> String {
    if selected.is_empty() { name } else { format!("{name} with {selected}") }
}

/// Escapes a text so that Prometheus' templates print it as it is.
fn literal(text: &str) -> String {
    text.replace("{{", "{{ \"{{\" }}")
}
