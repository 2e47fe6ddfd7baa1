//! A surface as data. Every page, file and comparison of this module is made from it.

mod label;
mod line;
mod location;
mod size;

pub use label::{MetricLabel, Values};
pub use line::Line;
pub use location::Location;

use super::{healthy, promlint, promql, slo};
use crate::schema::{
    self, AlertSchema, Condition, EventSchema, Good, GuardSchema, InstrumentLabel, InstrumentSchema, Kind,
    Matcher, Measure, Quantity, Schema,
};
use crate::surface::Surface;
use serde::Serialize;
use std::collections::BTreeMap;

/// A surface's metrics and log lines, with their names in each back end.
///
/// [`json`](super::json) writes these fields under the same names.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Catalog {
    /// The version of this format. It rises with each change that a reader has to know about.
    pub format: u32,
    /// The name of the trait.
    pub surface: &'static str,
    /// The package that declares it.
    pub package: &'static str,
    /// That package's version.
    pub version: &'static str,
    /// The prefix of all names, or an empty string.
    pub namespace: &'static str,
    /// The description of the trait, or an empty string.
    pub help: &'static str,
    /// Who answers for the surface, or an empty string.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub owner: &'static str,
    /// The budget of series, if the surface has one.
    pub max_series: Option<u64>,
    /// The greatest possible number of series. A histogram counts once.
    pub series: u64,
    /// The number of time series in Prometheus for these: a histogram has one for each bucket, and its sum
    /// and count.
    pub time_series: u64,
    /// The size in bytes of a scrape in the text format with all these time series, before compression: names
    /// and closed labels as they are, other labels and numbers by a typical length.
    pub scrape_bytes: u64,
    /// The keys of the labels that are given at registration. All series of a label set end after its last
    /// handle is dropped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub registration_labels: Vec<&'static str>,
    /// The source location of the trait.
    pub source: Location,
    /// The metrics, in declaration order.
    pub metrics: Vec<Metric>,
    /// The service level objectives, in declaration order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub slos: Vec<Slo>,
    /// The log lines, in declaration order.
    pub lines: Vec<Line>,
}

/// A metric: an instrument, and all methods that record in it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Metric {
    /// The name in the declaration.
    pub name: &'static str,
    /// Its names in each back end.
    pub names: Names,
    /// The older name under which it is exported too (`was`).
    pub was: Option<Former>,
    /// The version of the package in which it goes (`deprecated`), or an empty string.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub deprecated: &'static str,
    /// `counter`, `gauge`, `up_down_counter` or `histogram`.
    pub kind: &'static str,
    /// The name of the unit, or an empty string for a count.
    pub unit: &'static str,
    /// The unit in UCUM.
    pub ucum: &'static str,
    /// `beta` or `stable`.
    pub stability: &'static str,
    /// The section of the page in which it stands, or an empty string.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub section: &'static str,
    /// The first questions to Prometheus, in `PromQL`: a rate, a sum, a quantile.
    pub queries: Vec<String>,
    /// The description, with all paragraphs.
    pub help: &'static str,
    /// False if Prometheus has the name as it is written, without unit and `_total` (`suffixes = off`).
    #[serde(skip_serializing_if = "is_true")]
    pub suffixes: bool,
    /// A histogram's upper bounds, without `+Inf`.
    pub buckets: &'static [f64],
    /// True if a histogram takes negative numbers.
    pub signed: bool,
    /// True if a histogram has exponential buckets too, which Prometheus keeps as a native histogram.
    #[serde(skip_serializing_if = "is_false")]
    pub native: bool,
    /// True if a counter shows a total that somebody else keeps.
    pub total: bool,
    /// The series before the first use, if the declaration says it: `0` or `none`.
    pub initial: &'static str,
    /// True if a gauge has only what the callbacks of each collection set.
    pub observed: bool,
    /// Its labels, in declaration order.
    pub labels: Vec<MetricLabel>,
    /// The greatest possible number of its series.
    pub series: u64,
    /// The number of time series in Prometheus for these.
    pub time_series: u64,
    /// The methods that record in it, in declaration order.
    pub methods: Vec<MetricMethod>,
    /// The methods that remove series of it, in declaration order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removals: Vec<MetricRemoval>,
    /// Its alerts.
    pub alerts: Vec<Alert>,
    /// The healthy ranges in words, in Markdown: a line for each quantity that its alerts compare.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub healthy: Vec<String>,
    /// Its service level objectives in words, in Markdown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<String>,
    /// The complaints of `promtool check metrics` about its names and labels, a line each. Nothing for names
    /// that follow the conventions of Prometheus, as names with suffixes do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lints: Vec<String>,
    #[serde(skip)]
    pub(super) declared: Kind,
}

/// The names of a metric in each back end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Names {
    /// The family in Prometheus and OpenMetrics.
    pub family: String,
    /// The names of its samples in Prometheus. A query names one of them.
    pub prometheus: Vec<String>,
    /// The name in OTLP and statsd.
    pub dotted: String,
}

/// An older name of a metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Former {
    /// The name as `was` states it: that of the samples in Prometheus, or of a histogram's family.
    pub name: &'static str,
    /// The version of the package in which this name ends, or an empty string.
    pub until: &'static str,
    /// The older name in each back end.
    pub names: Names,
}

/// A method that records in a metric.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct MetricMethod {
    /// The name of the method.
    pub method: &'static str,
    /// The recorded value: `1` for each call or operation in flight, a number, or a parameter's name.
    pub value: String,
    /// True if that parameter may be absent.
    pub optional: bool,
    /// True if the value is recorded from the start of the method's guard to its end, and not for a call.
    #[serde(skip_serializing_if = "is_false")]
    pub in_flight: bool,
    /// The constant labels, by key.
    pub constants: BTreeMap<&'static str, &'static str>,
    /// The guard that calls the method at the end of an operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guard: Option<MethodGuard>,
    /// The source location of the instrument.
    pub source: Location,
}

/// A method that removes series of a metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MetricRemoval {
    /// The name of the method.
    pub method: &'static str,
    /// The keys of the labels that it takes. It removes all series with the given values.
    pub labels: Vec<&'static str>,
    /// The source location of the method.
    pub source: Location,
}

/// A guard that calls a method at the end of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MethodGuard {
    /// The method that starts it.
    pub start: &'static str,
    /// The value that is the elapsed time.
    pub elapsed: Option<&'static str>,
    /// The keys of the labels that are known only at the end.
    pub end_labels: Vec<&'static str>,
}

/// An alert of a metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Alert {
    /// The condition, such as `above 30`, or `share of ok=false over 5m above 0.05`.
    pub condition: String,
    /// The time for which the condition must hold, or an empty string.
    pub hold: &'static str,
    /// The severity, or an empty string.
    pub severity: &'static str,
    /// The name of the rule.
    pub name: &'static str,
    /// The labels that the rule adds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<&'static str, &'static str>,
}

/// A service level objective.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Slo {
    /// Its name.
    pub name: &'static str,
    /// The family in Prometheus whose events it is about.
    pub family: String,
    /// The share of events that have to be good.
    pub objective: f64,
    /// The good events: label values, or `up to` a bound.
    pub good: String,
    /// The events that count at all, by label values; empty for all.
    pub of: String,
    /// The time over which it holds.
    pub window: &'static str,
    /// The recorded error ratio over that time, in Prometheus.
    pub recorded: String,
    /// The method that declares it.
    pub method: &'static str,
    /// The source location of the method.
    pub source: Location,
}

/// The version of [`Catalog`]'s format.
const FORMAT: u32 = 1;

impl Catalog {
    /// Creates the catalog of a surface.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{catalog::Catalog, metrics};
    ///
    /// #[metrics(namespace = "mailer")]
    /// pub trait Metrics {
    ///     /// Mails handed to the server.
    ///     #[counter]
    ///     fn sent(&self, urgent: bool);
    /// }
    ///
    /// let catalog = Catalog::of::<dyn Metrics>();
    /// assert_eq!(catalog.metrics[0].names.prometheus, ["mailer_sent_total"]);
    /// assert_eq!(catalog.series, 2);
    /// ```
    #[must_use]
    pub fn of<S: Surface + ?Sized>() -> Self {
        Self::of_schema(S::SCHEMA)
    }

    /// Returns the namespace, or the name of the trait without one.
    pub(super) fn short_name(&self) -> &'static str {
        if self.namespace.is_empty() { self.surface } else { self.namespace }
    }

    pub(super) fn of_schema(schema: &'static Schema) -> Self {
        let metrics: Vec<Metric> = metrics(schema);
        Catalog {
            format: FORMAT,
            surface: schema.name,
            package: schema.package,
            version: schema.version,
            namespace: schema.namespace,
            help: schema.help,
            owner: schema.owner,
            slos: slo::slos(schema).map(Slo::of).collect(),
            max_series: schema.max_series,
            series: schema.series(),
            time_series: metrics.iter().fold(0, |sum, metric| sum.saturating_add(metric.time_series)),
            scrape_bytes: metrics.iter().fold(0, |sum, metric| sum.saturating_add(size::of(metric))),
            registration_labels: schema.labels.iter().map(|label| label.key).collect(),
            source: Location::of(schema.source),
            lines: schema.events.iter().flat_map(|event| Line::all_of(event)).collect(),
            metrics,
        }
    }
}

/// Returns each instrument once, with all events that record in it.
fn metrics(schema: &'static Schema) -> Vec<Metric> {
    let mut metrics: Vec<Metric> = Vec::new();
    let mut section = "";
    for event in schema.events {
        if !event.section.is_empty() {
            section = event.section;
        }
        for (at, instrument) in event.instruments.iter().enumerate() {
            let same = |metric: &&mut Metric| instrument.shared && metric.name == instrument.name;
            match metrics.iter_mut().find(same) {
                Some(metric) => metric.join(schema, event, at),
                None => {
                    let declared = promql::Metric { schema, event, index: at };
                    metrics.push(Metric {
                        section,
                        queries: declared.queries(),
                        healthy: healthy::ranges(declared),
                        objectives: healthy::objectives(declared),
                        ..Metric::of(schema, event, at)
                    });
                }
            }
        }
    }
    for event in schema.events {
        for removal in event.removes {
            let name = removal.instrument().name;
            // Several methods may feed one instrument.
            let metric = metrics.iter_mut().find(|metric| metric.name == name);
            if let Some(metric) =
                metric.filter(|metric| metric.removals.iter().all(|known| known.method != event.name))
            {
                metric.removals.push(MetricRemoval::of(event));
            }
        }
    }
    metrics
}

impl Metric {
    fn of(schema: &Schema, event: &'static EventSchema, at: usize) -> Self {
        let instrument = &event.instruments[at];
        let mut metric = Metric {
            name: instrument.name,
            names: Names::of(event.names(at)),
            was: event.former_names(at).zip(instrument.was).map(|(names, was)| Former {
                name: was.name,
                until: was.until,
                names: Names::of(names),
            }),
            deprecated: instrument.deprecated,
            kind: instrument.kind.name(),
            unit: instrument.unit.suffix(),
            ucum: instrument.unit.ucum(),
            stability: instrument.stability.name(),
            section: "",
            queries: Vec::new(),
            help: instrument.help,
            suffixes: instrument.suffixes,
            buckets: instrument.buckets,
            signed: instrument.signed,
            native: instrument.native,
            total: instrument.total,
            initial: instrument.initial.name(),
            observed: instrument.observed,
            labels: Vec::new(),
            series: 0,
            time_series: 0,
            methods: Vec::new(),
            removals: Vec::new(),
            alerts: Vec::new(),
            healthy: Vec::new(),
            objectives: Vec::new(),
            lints: Vec::new(),
            declared: instrument.kind,
        };
        metric.join(schema, event, at);
        metric
    }

    /// Adds an event that records in the metric. Its constants are values of the same labels.
    fn join(&mut self, schema: &Schema, event: &'static EventSchema, at: usize) {
        let instrument = &event.instruments[at];
        for label in instrument.labels {
            let label = match *label {
                InstrumentLabel::Registration(index) => MetricLabel::of(&event.registration_labels[index]),
                InstrumentLabel::Param(index) => MetricLabel::of(&event.labels[index]),
                InstrumentLabel::Constant { key, value } => MetricLabel::constant(key, value),
            };
            match self.labels.iter_mut().find(|own| own.key == label.key) {
                Some(own) => own.join(label),
                None => self.labels.push(label),
            }
        }
        let keys: Vec<&str> = self.labels.iter().map(|label| label.key).collect();
        let names = [event.names(at)].into_iter().chain(event.former_names(at));
        self.lints = names.flat_map(|names| promlint::lints(&names, &keys)).collect();
        let method = MetricMethod::of(event, instrument);
        // Events with equal constants record in the same series.
        if self.methods.iter().all(|other| other.constants != method.constants) {
            self.series = self.series.saturating_add(event.series(at));
        }
        self.time_series = self.time_series();
        self.methods.push(method);
        self.alerts.extend(instrument.alerts.iter().map(|alert| Alert::of(alert, schema, event, at)));
    }

    /// Returns the number of time series. A histogram has one for each bucket, one for `+Inf`, its sum and
    /// its count.
    fn time_series(&self) -> u64 {
        let samples = match self.declared {
            Kind::Histogram => self.buckets.len() as u64 + 3,
            Kind::Counter | Kind::Gauge | Kind::UpDownCounter => 1,
        };
        let names = 1 + u64::from(self.was.is_some());
        self.series.saturating_mul(samples).saturating_mul(names)
    }
}

impl Names {
    fn of(names: schema::Names) -> Self {
        Names { prometheus: names.samples(), dotted: names.dotted, family: names.family }
    }
}

impl MetricMethod {
    fn of(event: &'static EventSchema, instrument: &'static InstrumentSchema) -> Self {
        let (value, optional) = match instrument.measure {
            Measure::Calls | Measure::InFlight => ("1".to_owned(), false),
            Measure::Constant(number) => (number.to_string(), false),
            Measure::Value(at) => (event.values[at].param.to_owned(), event.values[at].optional),
        };
        let constants = instrument.labels.iter().filter_map(|label| match *label {
            InstrumentLabel::Constant { key, value } => Some((key, value)),
            InstrumentLabel::Registration(_) | InstrumentLabel::Param(_) => None,
        });
        MetricMethod {
            method: event.name,
            value,
            optional,
            in_flight: instrument.measure == Measure::InFlight,
            constants: constants.collect(),
            guard: event.guard.map(|guard| MethodGuard::of(guard, event)),
            source: Location::of(instrument.source),
        }
    }
}

impl MetricRemoval {
    fn of(event: &'static EventSchema) -> Self {
        MetricRemoval {
            method: event.name,
            labels: event.labels.iter().map(|label| label.key).collect(),
            source: Location::of(event.source),
        }
    }
}

impl MethodGuard {
    fn of(guard: GuardSchema, event: &'static EventSchema) -> Self {
        MethodGuard {
            start: guard.start,
            elapsed: guard.elapsed.map(|at| event.values[at].param),
            end_labels: guard.end_labels.iter().map(|at| event.labels[*at].key).collect(),
        }
    }
}

impl Alert {
    fn of(alert: &AlertSchema, schema: &Schema, event: &EventSchema, instrument: usize) -> Self {
        let key = |label: usize| event.label_key(instrument, label);
        let matching = selected(alert.matching, key);
        let of = match alert.quantity {
            Quantity::Ratio { to: [first, ..] } => schema
                .counter(first)
                .map(|(event, at)| selected(alert.of, |label| event.label_key(at, label)))
                .unwrap_or_default(),
            _ => selected(alert.of, key),
        };
        let instance = alert.per_instance.then_some("instance");
        let kept: Vec<_> = alert.by.iter().map(|label| key(*label)).chain(instance).collect();
        let threshold = match alert.condition {
            Condition::Above(bound) => format!("above {bound}"),
            Condition::Below(bound) => format!("below {bound}"),
        };
        let parts = [
            quantity(alert.quantity),
            part("with ", &alert.also.join(", ")),
            part("of ", &matching),
            part("among ", &of),
            part("over ", alert.over),
            threshold,
            part("by ", &kept.join(", ")),
        ];
        let condition = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        Alert {
            condition,
            hold: alert.hold,
            severity: alert.severity,
            name: alert.name,
            labels: alert.labels.iter().copied().collect(),
        }
    }
}

impl Slo {
    fn of(of: slo::Slo) -> Self {
        let slo::Slo { metric, schema } = of;
        let key = |label: usize| metric.event.label_key(metric.index, label);
        Slo {
            name: schema.name,
            family: metric.family(),
            objective: schema.objective,
            good: match schema.good {
                Good::Matching(good) => selected(good, key),
                Good::Below(bound) => format!("up to {bound}"),
            },
            of: selected(schema.of, key),
            window: schema.window,
            recorded: of.record(schema.window),
            method: metric.event.name,
            source: Location::of(metric.event.source),
        }
    }
}

fn quantity(quantity: Quantity) -> String {
    match quantity {
        Quantity::Level => String::new(),
        Quantity::Rate => "rate".to_owned(),
        Quantity::Average => "average".to_owned(),
        Quantity::Age => "age".to_owned(),
        Quantity::Ratio { to: [] } => "share".to_owned(),
        Quantity::Ratio { to } => format!("ratio to {}", to.join(" and ")),
        Quantity::Quantile(quantile) => format!("quantile {quantile}"),
    }
}

/// Returns the label values that matchers select, such as `ok=false, route!=/health`.
fn selected(matching: &[Matcher], key: impl Fn(usize) -> &'static str) -> String {
    let selected = matching.iter().map(|of| {
        let values = of.values.iter().map(|value| (*value).to_owned());
        let prefixes = of.prefixes.iter().map(|prefix| format!("{prefix}..."));
        let texts: Vec<String> = values.chain(prefixes).collect();
        let sign = if of.negated { "!=" } else { "=" };
        format!("{}{sign}{}", key(of.label), texts.join("|"))
    });
    selected.collect::<Vec<_>>().join(", ")
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_true(flag: &bool) -> bool {
    *flag
}

/// Returns the text behind `before`, or an empty string if the text is empty.
fn part(before: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{before}{text}") }
}
