//! Expressions of `PromQL` for a surface's instruments.

mod histogram;

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

    /// Returns the names by which a process that exports the metric is known: those of its samples.
    pub(super) fn samples(self) -> impl Iterator<Item = String> {
        [self.sample()].into_iter().chain(self.is_native().then(|| self.family()))
    }

    /// Returns the keys of the labels that distinguish its series.
    pub(super) fn keys(self) -> Vec<Cow<'static, str>> {
        let labels = self.instrument().labels.iter().enumerate();
        let varies = |label: &InstrumentLabel| {
            self.instrument().shared || !matches!(label, InstrumentLabel::Constant { .. })
        };
        labels.filter(|(_, label)| varies(label)).map(|(at, _)| self.key(at)).collect()
    }

    pub(super) fn key(self, label: usize) -> Cow<'static, str> {
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
                vec![self.quantile(0.95, &keys, &[], "5m").join(" or "), self.average(&keys, "5m")]
            }
        }
    }

    /// Returns matchers of its labels in `PromQL`.
    pub(super) fn matchers(self, matching: &[Matcher]) -> Vec<String> {
        matching.iter().map(|matcher| matched(&self.key(matcher.label), matcher)).collect()
    }

    /// Returns what matchers select for people, such as ``status `5xx` ``.
    pub(super) fn selected(self, matching: &[Matcher]) -> String {
        let selected = matching.iter().map(|matcher| {
            let values = matcher.values.iter().map(|value| format!("`{value}`"));
            let prefixes = matcher.prefixes.iter().map(|prefix| format!("`{prefix}...`"));
            let texts: Vec<String> = values.chain(prefixes).collect();
            let not = if matcher.negated { "not " } else { "" };
            format!("{} {not}{}", self.key(matcher.label), texts.join(" or "))
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

    /// Returns the expressions that an alert compares, restricted to the series that `scope` selects. A
    /// native histogram has two, for the series of either form.
    pub(super) fn compared(self, alert: &AlertSchema, scope: &[String]) -> Vec<String> {
        let own = [scope, &self.matchers(alert.matching)].concat();
        match alert.quantity {
            Quantity::Quantile(quantile) => self.quantile(quantile, &self.kept(alert), &own, alert.over),
            _ => vec![self.compared_number(alert, scope, &own)],
        }
    }

    fn compared_number(self, alert: &AlertSchema, scope: &[String], own: &[String]) -> String {
        let keys = self.kept(alert).join(", ");
        let selected = self.select(own);
        match alert.quantity {
            Quantity::Level | Quantity::Quantile(_) => self.level(alert, &selected),
            Quantity::Average => self.level(alert, &format!("avg_over_time({selected}[{}])", alert.over)),
            Quantity::Age if alert.is_per_series() => format!("time() - {selected}"),
            Quantity::Age => format!("time() - min by ({keys}) ({selected})"),
            Quantity::Rate => self.growth(alert, &self.summands(alert, own)),
            Quantity::Ratio { to } => {
                let (part, whole) = self.ratio(alert, to, scope);
                match alert.condition {
                    Condition::Above(_) => format!("{part} / {whole}"),
                    // A part that never occurred has no series; its share is 0.
                    Condition::Below(_) => format!("({part} or 0 * {whole}) / {whole}"),
                }
            }
        }
    }

    fn level(self, alert: &AlertSchema, selected: &str) -> String {
        if alert.is_per_series() {
            return selected.to_owned();
        }
        let function = match (self.instrument().kind, alert.condition) {
            (Kind::UpDownCounter, _) => "sum",
            (_, Condition::Above(_)) => "max",
            (_, Condition::Below(_)) => "min",
        };
        format!("{function} by ({}) ({selected})", self.kept(alert).join(", "))
    }

    /// Returns the growth of an alert's numerator and of its denominator.
    fn ratio(self, alert: &AlertSchema, to: &[&str], scope: &[String]) -> (String, String) {
        let own = self.matchers(alert.matching);
        let counters: Vec<Metric> = to.iter().filter_map(|name| self.counter(name)).collect();
        let Some(first) = counters.first() else {
            // A share of the alert's own counters: the part is of the whole that `of` selects.
            let of = self.matchers(alert.of);
            let whole = [scope, &of].concat();
            let part = [scope, &of, &own].concat();
            return (
                self.growth(alert, &self.summands(alert, &part)),
                self.growth(alert, &self.summands(alert, &whole)),
            );
        };
        let of = [scope, &first.matchers(alert.of)].concat();
        let whole: Vec<(String, String)> =
            counters.iter().map(|counter| (counter.family(), counter.select(&of))).collect();
        let part = self.summands(alert, &[scope, &own].concat());
        (self.growth(alert, &part), self.growth(alert, &whole))
    }

    pub(super) fn counter(self, name: &str) -> Option<Metric> {
        let (event, index) = self.schema.counter(name)?;
        Some(Metric { event, index, ..self })
    }

    /// Returns the alert's own counters with these matchers: the families and their selectors.
    fn summands(self, alert: &AlertSchema, matchers: &[String]) -> Vec<(String, String)> {
        let also = alert.also.iter().filter_map(|name| self.counter(name));
        [self].into_iter().chain(also).map(|one| (one.family(), one.select(matchers))).collect()
    }

    fn growth(self, alert: &AlertSchema, of: &[(String, String)]) -> String {
        let rates = of.iter().map(|(family, selected)| (family, format!("rate({selected}[{}])", alert.over)));
        format!("sum by ({}) ({})", self.kept(alert).join(", "), union(rates))
    }

    /// Returns an expression for the growth per second of series that begin above 0, of which `rate` sees
    /// nothing. Only an alert on any growth at all asks for it, and only if series may begin so.
    ///
    /// A series begins if it was absent before the window, unless the last hour has it with no larger number:
    /// then scrapes were missed. A smaller number than before is a new process.
    pub(super) fn begun(self, alert: &AlertSchema) -> Option<String> {
        let is_any = alert.quantity == Quantity::Rate && alert.condition == Condition::Above(0.0);
        let is_sure = alert.also.is_empty() && self.event.alert_is_from_the_start(self.index, alert);
        if !is_any || is_sure {
            return None;
        }
        let over = alert.over;
        let begun = self.summands(alert, &self.matchers(alert.matching)).into_iter().map(|(family, of)| {
            let begun = format!(
                "{of} unless {of} offset {over} unless max_over_time({of}[1h] offset {over}) <= {of}"
            );
            (family, begun)
        });
        let begun: Vec<(String, String)> = begun.collect();
        let begun = union(begun.iter().map(|(family, of)| (family, of.clone())));
        Some(format!("sum by ({}) ({begun}) / {}", self.kept(alert).join(", "), seconds(over)))
    }
}

/// Returns one vector of the series of several families. A label tells apart those that differ in nothing but
/// the name.
fn union<'f>(of: impl Iterator<Item = (&'f String, String)>) -> String {
    let parts = of.enumerate().map(|(at, (family, part))| {
        if at == 0 {
            part
        } else {
            format!("label_replace({part}, \"summand\", {}, \"\", \"\")", quoted(family))
        }
    });
    parts.collect::<Vec<_>>().join(" or ")
}

/// Returns the number of seconds of a Prometheus duration.
fn seconds(duration: &str) -> f64 {
    const UNITS: [(&str, f64); 7] = [
        ("ms", 0.001),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3_600.0),
        ("d", 86_400.0),
        ("w", 604_800.0),
        ("y", 31_536_000.0),
    ];
    let mut rest = duration;
    let mut sum = 0.0;
    while let Some(end) = rest.find(|c: char| !c.is_ascii_digit()) {
        let (number, behind) = rest.split_at(end);
        let unit = UNITS.iter().find(|(unit, _)| {
            behind.strip_prefix(unit).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
        });
        debug_assert!(unit.is_some(), "the macro has checked the duration");
        let Some((unit, length)) = unit else { break };
        sum += number.parse().unwrap_or(0.0) * length;
        rest = &behind[unit.len()..];
    }
    sum
}

/// Returns a matcher of a label in `PromQL`.
fn matched(key: &str, matcher: &Matcher) -> String {
    let not = matcher.negated;
    if let ([value], []) = (matcher.values, matcher.prefixes) {
        return format!("{key}{}{}", if not { "!=" } else { "=" }, quoted(value));
    }
    let values = matcher.values.iter().map(|value| literal(value));
    let prefixes = matcher.prefixes.iter().map(|prefix| format!("{}.*", literal(prefix)));
    let texts: Vec<String> = values.chain(prefixes).collect();
    format!("{key}{}{}", if not { "!~" } else { "=~" }, quoted(&texts.join("|")))
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
