//! Expressions of `PromQL` for a surface's instruments.

use crate::schema::{
    AlertSchema, Condition, EventSchema, InstrumentLabel, InstrumentSchema, Kind, Matcher, Quantity, Schema,
    prometheus_name,
};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// A declaration of an instrument: its first one, or a later one of the same instrument.
#[derive(Clone, Copy)]
pub(super) struct Metric {
    pub(super) schema: &'static Schema,
    pub(super) event: &'static EventSchema,
    pub(super) index: usize,
}

/// Returns all declarations of instruments, in order.
pub(super) fn declarations(schema: &'static Schema) -> impl Iterator<Item = Metric> {
    schema
        .events
        .iter()
        .flat_map(move |event| (0..event.instruments.len()).map(move |index| Metric { schema, event, index }))
}

/// Returns the first declaration of each instrument.
pub(super) fn metrics(schema: &'static Schema) -> impl Iterator<Item = Metric> {
    let mut seen = BTreeSet::new();
    declarations(schema).filter(move |metric| seen.insert(metric.family()))
}

impl Metric {
    pub(super) fn instrument(self) -> &'static InstrumentSchema {
        &self.event.instruments[self.index]
    }

    /// Returns the heading of the section in which it stands, or an empty string.
    pub(super) fn section(self) -> &'static str {
        let upto = self.schema.events.iter().take_while(|event| !std::ptr::eq(**event, self.event));
        let all = upto.chain([&self.event]).map(|event| event.section);
        all.filter(|section| !section.is_empty()).last().unwrap_or_default()
    }

    /// Returns the family's name in Prometheus.
    pub(super) fn family(self) -> String {
        self.event.names(self.index).family
    }

    /// Returns the name of its samples; for a histogram, that of the buckets.
    pub(super) fn sample(self) -> String {
        self.event.names(self.index).sample()
    }

    /// Returns the keys of the labels that distinguish its series.
    pub(super) fn keys(self) -> Vec<Cow<'static, str>> {
        let labels = self.instrument().labels.iter().enumerate();
        let varies = |label: &InstrumentLabel| {
            self.instrument().shared || !matches!(label, InstrumentLabel::Constant { .. })
        };
        labels.filter(|(_, label)| varies(label)).map(|(at, _)| self.key(at)).collect()
    }

    fn key(self, label: usize) -> Cow<'static, str> {
        prometheus_name(self.event.label_key(self.index, label))
    }

    /// Returns the path of the declaring method. Leaves out the line, which changes with every edit above it.
    pub(super) fn declared(self) -> String {
        format!("{}::{}::{}", self.event.module, self.schema.name, self.event.name)
    }

    /// Returns a selector of its samples with these matchers.
    pub(super) fn select(self, matchers: &[String]) -> String {
        select(&self.sample(), matchers)
    }

    /// Returns what people ask for first: the growth of a counter per second, the 95th percentile and the
    /// average of a histogram, the sum of an up-down counter, and the value of a gauge.
    pub(super) fn queries(self) -> Vec<String> {
        let (sample, keys) = (self.sample(), self.keys());
        let by = if keys.is_empty() { String::new() } else { format!(" by ({}) ", keys.join(", ")) };
        match self.instrument().kind {
            Kind::Counter => vec![format!("sum{by}(rate({sample}[5m]))")],
            Kind::UpDownCounter => vec![format!("sum{by}({sample})")],
            Kind::Gauge => vec![sample],
            Kind::Histogram => {
                let family = self.family();
                let growth = |suffix| format!("sum{by}(rate({family}_{suffix}[5m]))");
                let le = keys.iter().map(Cow::as_ref).chain(["le"]).collect::<Vec<_>>().join(", ");
                let quantile = format!("histogram_quantile(0.95, sum by ({le}) (rate({sample}[5m])))");
                vec![quantile, format!("{} / {}", growth("sum"), growth("count"))]
            }
        }
    }

    /// Returns the matchers of an alert in `PromQL`.
    fn matchers(self, alert: &AlertSchema) -> Vec<String> {
        let matcher = |matcher: &Matcher| match matcher.values {
            [value] => format!("{}={}", self.key(matcher.label), quoted(value)),
            values => {
                let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
                format!("{}=~{}", self.key(matcher.label), quoted(&values.join("|")))
            }
        };
        alert.matching.iter().map(matcher).collect()
    }

    /// Returns the matchers of an alert for people, such as ``status `5xx` ``.
    pub(super) fn selected(self, alert: &AlertSchema) -> String {
        let selected = alert.matching.iter().map(|matcher| {
            let values: Vec<String> = matcher.values.iter().map(|value| format!("`{value}`")).collect();
            format!("{} {}", self.key(matcher.label), values.join(" or "))
        });
        selected.collect::<Vec<_>>().join(" and ")
    }

    /// Returns the labels that an alert keeps apart: at least `job`.
    pub(super) fn kept(self, alert: &AlertSchema) -> Vec<Cow<'static, str>> {
        if alert.is_per_series() {
            let mut kept = vec!["job".into(), "instance".into()];
            kept.extend(self.keys());
            return kept;
        }
        let mut kept = vec!["job".into()];
        kept.extend(alert.per_instance.then_some("instance".into()));
        kept.extend(alert.by.iter().map(|label| self.key(*label)));
        kept
    }

    /// Returns the expression that an alert compares, restricted to the series that `scope` selects.
    pub(super) fn compared(self, alert: &AlertSchema, scope: &[String]) -> String {
        let with = |matchers: Vec<String>| [scope, &matchers].concat();
        let selected = self.select(&with(self.matchers(alert)));
        let keys = self.kept(alert).join(", ");
        let growth = |selected: &str| format!("sum by ({keys}) (rate({selected}[{}]))", alert.over);
        match alert.quantity {
            Quantity::Level if alert.is_per_series() => selected,
            Quantity::Level => {
                let function = match (self.instrument().kind, alert.condition) {
                    (Kind::UpDownCounter, _) => "sum",
                    (_, Condition::Above(_)) => "max",
                    (_, Condition::Below(_)) => "min",
                };
                format!("{function} by ({keys}) ({selected})")
            }
            Quantity::Rate => growth(&selected),
            Quantity::Ratio { to } => {
                let whole = to.and_then(|to| self.schema.counter(to));
                let whole = whole.map_or(self, |(event, index)| Metric { event, index, ..self });
                let part = growth(&selected);
                let whole = growth(&whole.select(scope));
                match alert.condition {
                    Condition::Above(_) => format!("{part} / {whole}"),
                    // A part that never occurred has no series; its share is 0.
                    Condition::Below(_) => format!("({part} or 0 * {whole}) / {whole}"),
                }
            }
            Quantity::Quantile(quantile) => {
                format!(
                    "histogram_quantile({quantile}, sum by ({keys}, le) (rate({selected}[{}])))",
                    alert.over
                )
            }
        }
    }
}

/// Returns a selector of the samples with this name and these matchers.
pub(super) fn select(name: &str, matchers: &[String]) -> String {
    if matchers.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", matchers.join(",")) }
}

/// Returns a text in quotes.
pub(super) fn quoted(text: &str) -> String {
    let escaped = text.chars().flat_map(|c| match c {
        '"' => vec!['\\', '"'],
        '\\' => vec!['\\', '\\'],
        '\n' => vec!['\\', 'n'],
        c => vec![c],
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// Returns a regular expression that matches only this text, in RE2's syntax.
fn literal(text: &str) -> String {
    const MEANT: &str = r"\.+*?()|[]{}^$";
    text.chars().flat_map(|c| MEANT.contains(c).then_some('\\').into_iter().chain([c])).collect()
}
