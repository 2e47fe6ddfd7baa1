//! The healthy ranges of a metric in words, as its alerts and objectives declare them.

use super::code::code;
use super::promql::{Metric, declarations};
use super::slo::Slo;
use super::unit;
use crate::schema::{AlertSchema, Condition, Good, Kind, Matcher, Quantity};

/// An alert, and the declaration that has it.
#[derive(Clone, Copy)]
struct Alert {
    metric: Metric,
    schema: &'static AlertSchema,
}

/// Returns a line of Markdown for each quantity that the metric's alerts compare: its healthy range, and the
/// alerts outside it, such as "Up to 30 s. Alerts above 30 s for 1 min: `LagAbove` (page)."
pub(super) fn ranges(metric: Metric) -> Vec<String> {
    let mut compared: Vec<Vec<Alert>> = Vec::new();
    for alert in alerts(metric) {
        match compared.iter_mut().find(|others| others.iter().all(|other| other.is_about(alert))) {
            Some(others) => others.push(alert),
            None => compared.push(vec![alert]),
        }
    }
    compared.iter().filter_map(|alerts| line(alerts)).collect()
}

/// Returns a line of Markdown for each objective of the metric, such as "99.9 % with class not `5xx`, over 30
/// days: `availability`".
pub(super) fn objectives(metric: Metric) -> Vec<String> {
    let slos = feeding(metric).flat_map(|metric| {
        metric.instrument().slos.iter().map(move |schema| objective(Slo { metric, schema }))
    });
    slos.collect()
}

fn objective(slo: Slo) -> String {
    let Slo { metric, schema } = slo;
    let good = match schema.good {
        Good::Matching(good) => format!("with {}", selected(metric, good)),
        Good::Below(bound) => format!("up to {}", unit::amount(metric.instrument().unit, bound)),
    };
    let among = behind(", among ", &selected(metric, schema.of));
    let (share, window) = (unit::percent(schema.objective), unit::time(schema.window));
    format!("{share} {good}{among}, over {window}: {}", code(schema.name))
}

/// Returns all declarations of the metric.
fn feeding(metric: Metric) -> impl Iterator<Item = Metric> {
    let family = metric.family();
    declarations(metric.schema).filter(move |other| other.family() == family)
}

fn alerts(metric: Metric) -> impl Iterator<Item = Alert> {
    feeding(metric)
        .flat_map(|metric| metric.instrument().alerts.iter().map(move |schema| Alert { metric, schema }))
}

impl Alert {
    /// Returns whether both compare the same quantity of the same series.
    fn is_about(self, other: Alert) -> bool {
        let is_of =
            std::ptr::eq(self.metric.event, other.metric.event) && self.metric.index == other.metric.index;
        let own = AlertSchema { name: "", condition: other.schema.condition, ..*self.schema };
        is_of
            && own.hold("").severity("").runbook("").labels(&[])
                == AlertSchema { name: "", ..*other.schema }.hold("").severity("").runbook("").labels(&[])
    }

    fn threshold(self) -> String {
        let number = self.schema.condition.threshold();
        unit::threshold_in_words(self.schema.quantity, self.metric.instrument().unit, number)
    }

    /// Returns the condition and the rule, such as "above 30 s for 1 min: `LagAbove` (page)".
    fn fires(self) -> String {
        let AlertSchema { condition, quantity, hold, name, severity, .. } = *self.schema;
        let threshold = self.threshold();
        let situation = match (condition, quantity) {
            (Condition::Above(0.0), Quantity::Rate) => "at the first".to_owned(),
            (Condition::Above(_), Quantity::Age) => format!("after {threshold}"),
            (Condition::Above(_), _) => format!("above {threshold}"),
            (Condition::Below(_), _) => format!("below {threshold}"),
        };
        let unit =
            if quantity == Quantity::Rate && condition != Condition::Above(0.0) { " a second" } else { "" };
        let hold = if hold.is_empty() { String::new() } else { format!(" for {}", unit::time(hold)) };
        let severity = if severity.is_empty() { String::new() } else { format!(" ({severity})") };
        format!("{situation}{unit}{hold}: {}{severity}", code(name))
    }
}

/// Returns the range of one quantity, and the alerts outside it.
fn line(alerts: &[Alert]) -> Option<String> {
    let first = *alerts.first()?;
    let range = range(alerts)?;
    let fires: Vec<String> = alerts.iter().map(|alert| alert.fires()).collect();
    Some(format!("{}. Alerts {}.", sentence(first, &range), fires.join(", ")))
}

/// Returns the range within which no alert fires, such as "up to 30 s".
fn range(alerts: &[Alert]) -> Option<String> {
    let is_above = |alert: &&Alert| matches!(alert.schema.condition, Condition::Above(_));
    let number = |alert: &&Alert| alert.schema.condition.threshold();
    let (above, below): (Vec<&Alert>, Vec<&Alert>) = alerts.iter().partition(is_above);
    let most = above.into_iter().min_by(|a, b| number(a).total_cmp(&number(b)));
    let least = below.into_iter().max_by(|a, b| number(a).total_cmp(&number(b)));
    match (least, most) {
        (None, Some(most)) => Some(format!("up to {}", most.threshold())),
        (Some(least), None) => Some(format!("at least {}", least.threshold())),
        (Some(least), Some(most)) => Some(format!("{} to {}", least.threshold(), most.threshold())),
        (None, None) => None,
    }
}

/// Returns what has to be in the range, as a sentence without its full stop.
fn sentence(alert: Alert, range: &str) -> String {
    let Alert { metric, schema } = alert;
    let own = selected(metric, schema.matching);
    let over = behind(", over ", &unit::time(schema.over));
    let also: Vec<String> = schema.also.iter().map(|name| code(name)).collect();
    let with = behind(" together with ", &also.join(", "));
    let each = each(alert);
    let is_none = schema.condition == Condition::Above(0.0);
    let text = match schema.quantity {
        Quantity::Level => {
            let is_sum = metric.instrument().kind == Kind::UpDownCounter && !schema.is_per_series();
            let sum = if is_sum { " in sum" } else { "" };
            format!("{range}{sum}{}{each}", behind(" with ", &own))
        }
        Quantity::Average => format!("{range} on average{}{each}{over}", behind(" with ", &own)),
        Quantity::Age => format!("{range} ago{}{each}", behind(" with ", &own)),
        Quantity::Rate if is_none => format!("none{with}{}{each}{over}", behind(" with ", &own)),
        Quantity::Rate => format!("{range} a second{with}{}{each}{over}", behind(" with ", &own)),
        Quantity::Ratio { to: [] } => {
            let among = behind(", among ", &selected(metric, schema.of));
            format!("{range}{with} with {own}{among}{each}{over}")
        }
        Quantity::Ratio { to } => {
            let of = to.iter().map(|name| code(name)).collect::<Vec<_>>().join(" and ");
            let first = to.first().and_then(|first| metric.counter(first));
            let among = first.map(|first| selected(first, schema.of)).unwrap_or_default();
            format!(
                "{range} of {of}{}{with}{}{each}{over}",
                behind(" with ", &among),
                behind(", counting ", &own)
            )
        }
        Quantity::Quantile(quantile) => {
            format!("{} {range}{}{each}{over}", unit::percent(quantile), behind(" with ", &own))
        }
    };
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// Returns the labels whose values an alert keeps apart, behind " for each".
fn each(alert: Alert) -> String {
    let labels = alert.schema.by.iter().map(|label| code(&alert.metric.key(*label)));
    let instance = alert.schema.per_instance.then(|| code("instance"));
    let keys: Vec<String> = labels.chain(instance).collect();
    behind(" for each ", &keys.join(" and "))
}

/// Returns what matchers select, such as "class `5xx`".
fn selected(metric: Metric, matching: &[Matcher]) -> String {
    let selected = matching.iter().map(|matcher| {
        let values = matcher.values.iter().map(|value| code(value));
        let prefixes = matcher.prefixes.iter().map(|prefix| format!("{}…", code(prefix)));
        let texts: Vec<String> = values.chain(prefixes).collect();
        let not = if matcher.negated { "not " } else { "" };
        format!("{} {not}{}", metric.key(matcher.label), texts.join(" or "))
    });
    selected.collect::<Vec<_>>().join(" and ")
}

/// Returns the text behind `before`, or an empty string if the text is empty.
fn behind(before: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{before}{text}") }
}
