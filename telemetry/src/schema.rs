//! A declaration as constants. Back ends read a surface through these types only.

mod alert;
#[doc(hidden)]
pub mod alert_name;
#[doc(hidden)]
pub mod check;
mod instrument;
mod lifecycle;
mod log;
mod name;
mod slo;
mod start;
mod text;

pub use alert::{AlertSchema, Condition, Matcher, Quantity};
pub use instrument::{Initial, InstrumentLabel, InstrumentSchema, Kind, Measure, Unit};
pub use lifecycle::{FormerName, Stability};
pub use log::LogSchema;
#[cfg(any(feature = "catalog", all(test, feature = "prometheus")))]
pub(crate) use name::Spelling;
#[cfg(any(feature = "catalog", feature = "prometheus"))]
pub(crate) use name::bound;
pub use name::{Names, dotted_name, prometheus_name};
pub use slo::{Good, SloSchema};

use crate::context::{ContextKind, ContextValue};
use crate::label::index::LabelIndex;
use crate::label::{LabelSet, LabelType, LabelValue, NONE};
use crate::value::Representation;
use std::fmt;

/// The declaration of a whole surface.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Schema {
    /// The trait's name.
    pub name: &'static str,
    /// The prefix of every instrument's name, or an empty string.
    pub namespace: &'static str,
    /// The doc comment of the trait, or an empty string.
    pub help: &'static str,
    /// The package that declares the surface; empty if cargo does not build it.
    pub package: &'static str,
    /// That package's version.
    pub version: &'static str,
    /// Who answers for the surface, or an empty string.
    pub owner: &'static str,
    /// The budget of series, if the surface has one.
    pub max_series: Option<u64>,
    /// The labels that are given at registration, in declaration order. Every instrument has them.
    pub labels: &'static [LabelSchema],
    /// The source location of the trait.
    pub source: Source,
    /// The metric methods, in declaration order.
    pub events: &'static [&'static EventSchema],
}

/// The declaration of one metric method. Its address is its identity.
#[derive(Debug)]
#[non_exhaustive]
pub struct EventSchema {
    /// The method's name.
    pub name: &'static str,
    /// The heading of the section of documents that begins with the event, or an empty string: a heading in
    /// front of the doc comment.
    pub section: &'static str,
    /// The doc comment without the heading, with all paragraphs.
    pub help: &'static str,
    /// The prefix of the instruments' names, or an empty string.
    pub namespace: &'static str,
    /// The module that declares the trait.
    pub module: &'static str,
    /// The source location of the method.
    pub source: Source,
    /// The labels of the whole surface, which are given at registration.
    pub registration_labels: &'static [LabelSchema],
    /// The label parameters, in declaration order.
    pub labels: &'static [LabelSchema],
    /// The value parameters, in declaration order.
    pub values: &'static [ValueSchema],
    /// The context parameters, in declaration order: fields of the log line that make no series.
    pub context: &'static [ContextSchema],
    /// The instruments that the event records in.
    pub instruments: &'static [InstrumentSchema],
    /// The log line of calls that no case takes.
    pub log: LogSchema,
    /// The log lines of some calls, if the method has several `#[log]`. A call takes the first one whose
    /// [`when`](field@LogSchema::when) matches, and `log` after them. All have one name.
    pub log_cases: &'static [LogSchema],
    /// The guard that records the event at the end of an operation.
    pub guard: Option<GuardSchema>,
    /// The instruments whose series a call removes. An event with removals has labels and nothing else.
    pub removes: &'static [Removal],
}

/// An instrument whose series a call of an event removes: those with the labels of the call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Removal {
    /// The event that feeds the instrument.
    pub feeds: &'static EventSchema,
    /// The index of that event in the surface.
    pub event: usize,
    /// The index of the instrument in that event.
    pub instrument: usize,
    /// For each label of the removing event, in order: the index of the same label among the labels of
    /// `feeds`.
    pub labels: &'static [usize],
}

/// The declaration of a guard.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct GuardSchema {
    /// The method that starts it.
    pub start: &'static str,
    /// The index of the value that is the elapsed time.
    pub elapsed: Option<usize>,
    /// The indexes of the labels that are known only at the end.
    pub end_labels: &'static [usize],
}

/// A source location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file as the compiler names it.
    pub file: &'static str,
    /// The line, counted from 1.
    pub line: u32,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// The declaration of one label: of a parameter, or of a label that is given at registration.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LabelSchema {
    /// The key in every back end.
    pub key: &'static str,
    /// The name of the parameter, which the mock uses, or of the label at registration.
    pub param: &'static str,
    /// The set of values.
    pub set: LabelSet,
    /// The value of an absent label, if the parameter is an `Option`.
    pub none: Option<&'static str>,
    /// The meaning of the label, or an empty string.
    pub help: &'static str,
    /// The meaning of each value of a closed set, in the set's order; empty if no value has one.
    pub value_help: &'static [&'static str],
}

/// The declaration of one value parameter.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ValueSchema {
    /// The parameter's name.
    pub param: &'static str,
    /// The representation of the recorded number.
    pub representation: Representation,
    /// True if the value may be absent. An absent value is not recorded.
    pub optional: bool,
}

/// The declaration of one context parameter.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ContextSchema {
    /// The parameter's name, which is the key in the log line.
    pub param: &'static str,
    /// The kind of its values.
    pub kind: ContextKind,
    /// True if the value may be absent. An absent value is not on the line.
    pub optional: bool,
}

impl Schema {
    /// Returns the namespace, or the name of the trait without one.
    #[cfg(feature = "catalog")]
    pub(crate) const fn short_name(&self) -> &'static str {
        if self.namespace.is_empty() { self.name } else { self.namespace }
    }

    /// Returns the greatest number of series that the surface can make. Saturates.
    ///
    /// A series is one label set of one instrument. A histogram counts once, and so does an instrument that
    /// two events record in.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{Surface, metrics};
    ///
    /// #[metrics]
    /// pub trait Metrics {
    ///     /// Requests by route.
    ///     #[counter]
    ///     fn requests(&self, #[label(cap = 64)] route: &str, cached: bool);
    /// }
    ///
    /// // 64 routes and `other`, each cached or not.
    /// assert_eq!(<dyn Metrics as Surface>::SCHEMA.series(), 130);
    /// ```
    #[must_use]
    pub const fn series(&self) -> u64 {
        let mut sum = 0_u64;
        let mut event = 0;
        while event < self.events.len() {
            let instruments = self.events[event].instruments;
            let mut at = 0;
            while at < instruments.len() {
                if !(instruments[at].shared && self.is_counted_before(event, &instruments[at])) {
                    sum = sum.saturating_add(self.events[event].series(at));
                }
                at += 1;
            }
            event += 1;
        }
        sum
    }

    /// Returns whether series of the surface can end: with a label set, or by a removal.
    pub(crate) fn can_end(&self) -> bool {
        !self.labels.is_empty() || self.events.iter().any(|event| !event.removes.is_empty())
    }

    /// Returns whether an earlier event records in the same series of this shared instrument.
    const fn is_counted_before(&self, event: usize, instrument: &InstrumentSchema) -> bool {
        let mut earlier = 0;
        while earlier < event {
            let instruments = self.events[earlier].instruments;
            let mut at = 0;
            while at < instruments.len() {
                if instruments[at].shared
                    && text::same(instruments[at].name, instrument.name)
                    && instruments[at].same_constants(instrument)
                {
                    return true;
                }
                at += 1;
            }
            earlier += 1;
        }
        false
    }
}

impl EventSchema {
    /// Returns whether the event sets observed gauges. It feeds nothing else then.
    pub(crate) const fn is_observed(&self) -> bool {
        !self.instruments.is_empty() && self.instruments[0].observed
    }

    /// Returns the declarations of its log lines, in the order in which a call looks for its own.
    pub(crate) fn logs(&self) -> impl Iterator<Item = &LogSchema> {
        self.log_cases.iter().chain([&self.log])
    }

    /// Returns the key of one label of one of the event's instruments.
    ///
    /// # Panics
    ///
    /// Panics if the event has no such instrument, or the instrument no such label.
    #[must_use]
    pub const fn label_key(&self, instrument: usize, label: usize) -> &'static str {
        self.key_of(self.instruments[instrument].labels[label])
    }

    /// Returns the key of a label of one of the event's instruments.
    pub(crate) const fn key_of(&self, label: InstrumentLabel) -> &'static str {
        match label {
            InstrumentLabel::Registration(index) => self.registration_labels[index].key,
            InstrumentLabel::Param(index) => self.labels[index].key,
            InstrumentLabel::Constant { key, .. } => key,
        }
    }

    /// Returns the declaration of a label whose values vary; `None` for a constant label.
    pub(crate) const fn label_of(&self, label: InstrumentLabel) -> Option<&'static LabelSchema> {
        match label {
            InstrumentLabel::Registration(index) => Some(&self.registration_labels[index]),
            InstrumentLabel::Param(index) => Some(&self.labels[index]),
            InstrumentLabel::Constant { .. } => None,
        }
    }

    /// Returns the greatest number of series of one of the event's instruments, with all values of the labels
    /// that are given at registration. A gauge has no series for `other`. Saturates.
    ///
    /// # Panics
    ///
    /// Panics if the event has no instrument with this index.
    #[must_use]
    pub const fn series(&self, instrument: usize) -> u64 {
        let label_sets = label_sets(self.registration_labels, &self.instruments[instrument]);
        label_sets.saturating_mul(self.series_of_registration(instrument))
    }

    /// Returns the greatest number of series of one of the event's instruments in one registration.
    pub(crate) const fn series_of_registration(&self, instrument: usize) -> u64 {
        let instrument = &self.instruments[instrument];
        let mut product = 1_u64;
        let mut at = 0;
        while at < instrument.labels.len() {
            if let InstrumentLabel::Param(index) = instrument.labels[at] {
                product = product.saturating_mul(self.labels[index].series_in(instrument));
            }
            at += 1;
        }
        product
    }

    /// Returns whether a guard of the event records the elapsed time.
    pub(crate) const fn is_timed(&self) -> bool {
        matches!(self.guard, Some(GuardSchema { elapsed: Some(_), .. }))
    }

    /// Returns the number of counts that `every` needs: the product of the lengths of the labels'
    /// [`call_index`](LabelSchema::call_index). Saturates.
    pub(crate) const fn index_count(&self) -> u64 {
        let mut product = 1_u64;
        let mut at = 0;
        while at < self.labels.len() {
            product = product.saturating_mul(self.labels[at].call_index().len());
            at += 1;
        }
        product
    }

    /// Returns the first key of the log line: `gauge` if all it feeds are gauges, else `event`.
    #[must_use]
    pub const fn line_key(&self) -> &'static str {
        let mut at = 0;
        while at < self.instruments.len() {
            if !matches!(self.instruments[at].kind, Kind::Gauge) {
                return "event";
            }
            at += 1;
        }
        if at == 0 { "event" } else { "gauge" }
    }

    /// Returns the key of a value in the log line: `value` for the only value of a gauge line, else the
    /// parameter's name.
    ///
    /// # Panics
    ///
    /// Panics if the event has no value with this index.
    #[must_use]
    pub const fn value_key(&self, index: usize) -> &'static str {
        let gauge = matches!(self.line_key().as_bytes(), b"gauge");
        if gauge && self.values.len() == 1 { "value" } else { self.values[index].param }
    }

    /// Prints a call of the event with these labels of the registration, labels, values and context.
    pub(crate) fn fmt_call<'v>(
        &self,
        registration: impl Iterator<Item = LabelValue<'v>>,
        labels: impl Iterator<Item = LabelValue<'v>>,
        values: impl Iterator<Item = Option<impl fmt::Display>>,
        context: impl Iterator<Item = ContextValue<'v>>,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        f.write_str(self.name)?;
        let mut before = "{";
        for (schema, value) in self.registration_labels.iter().zip(registration) {
            write!(f, "{before}{}={}", schema.param, schema.set.display(&value))?;
            before = ", ";
        }
        f.write_str(if before == "{" { "(" } else { "}(" })?;
        let mut comma = "";
        for (schema, value) in self.labels.iter().zip(labels) {
            write!(f, "{comma}{}={}", schema.param, schema.set.display(&value))?;
            comma = ", ";
        }
        for (schema, value) in self.values.iter().zip(values) {
            write!(f, "{comma}{}=", schema.param)?;
            match value {
                Some(number) => write!(f, "{number}")?,
                None => f.write_str("None")?,
            }
            comma = ", ";
        }
        for (schema, value) in self.context.iter().zip(context) {
            write!(f, "{comma}{}={value:?}", schema.param)?;
            comma = ", ";
        }
        f.write_str(")")
    }
}

impl Removal {
    /// Returns the declaration of the instrument.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{Surface, metrics};
    ///
    /// #[metrics]
    /// pub trait Metrics {
    ///     /// Jobs that wait.
    ///     #[gauge]
    ///     fn set_waiting(&self, #[label(cap = 16)] queue: &str, jobs: u64);
    ///
    ///     /// A queue was deleted.
    ///     #[remove(waiting)]
    ///     fn queue_deleted(&self, queue: &str);
    /// }
    ///
    /// let removals = <dyn Metrics as Surface>::SCHEMA.events[1].removes;
    /// assert_eq!(removals[0].instrument().name, "waiting");
    /// ```
    #[must_use]
    pub const fn instrument(&self) -> &'static InstrumentSchema {
        &self.feeds.instruments[self.instrument]
    }
}

/// Returns the greatest number of values that these labels have together in an instrument. Saturates.
const fn label_sets(labels: &[LabelSchema], instrument: &InstrumentSchema) -> u64 {
    let mut product = 1_u64;
    let mut at = 0;
    while at < labels.len() {
        product = product.saturating_mul(labels[at].series_in(instrument));
        at += 1;
    }
    product
}

impl LabelSchema {
    /// Returns the number of values that have a series in an instrument: a gauge has none for `other`.
    const fn series_in(&self, instrument: &InstrumentSchema) -> u64 {
        let other = instrument.keeps_last() && !matches!(self.set, LabelSet::Closed(_));
        self.cardinality() - other as u64
    }

    /// Returns the number of values of the label: those of its set, and one more if it may be absent.
    /// Saturates.
    #[must_use]
    pub const fn cardinality(&self) -> u64 {
        self.set.cardinality().saturating_add(self.none.is_some() as u64)
    }

    /// Returns the indexes of a label whose calls are counted apart: its values, then those that a
    /// hand-written label gives and its set does not have, then the absent value.
    pub(crate) const fn call_index(&self) -> LabelIndex {
        LabelIndex { set: self.set, optional: true, none: None }
    }
}

// For expansions: constructors with the fields that every declaration has, and setters for the rest, so that
// a new field of a schema changes no generated code.

#[doc(hidden)]
impl Schema {
    #[must_use]
    pub const fn new(name: &'static str, source: Source, events: &'static [&'static EventSchema]) -> Self {
        Schema {
            name,
            namespace: "",
            help: "",
            package: "",
            version: "",
            owner: "",
            max_series: None,
            labels: &[],
            source,
            events,
        }
    }

    #[must_use]
    pub const fn labels(mut self, labels: &'static [LabelSchema]) -> Self {
        self.labels = labels;
        self
    }

    #[must_use]
    pub const fn package(mut self, name: Option<&'static str>, version: Option<&'static str>) -> Self {
        if let (Some(name), Some(version)) = (name, version) {
            self.package = name;
            self.version = version;
        }
        self
    }

    #[must_use]
    pub const fn namespace(mut self, namespace: &'static str) -> Self {
        self.namespace = namespace;
        self
    }

    #[must_use]
    pub const fn owner(mut self, owner: &'static str) -> Self {
        self.owner = owner;
        self
    }

    #[must_use]
    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    #[must_use]
    pub const fn max_series(mut self, max: u64) -> Self {
        self.max_series = Some(max);
        self
    }
}

#[doc(hidden)]
impl EventSchema {
    #[must_use]
    pub const fn new(
        name: &'static str,
        help: &'static str,
        namespace: &'static str,
        module: &'static str,
        source: Source,
    ) -> Self {
        EventSchema {
            name,
            section: "",
            help,
            namespace,
            module,
            source,
            registration_labels: &[],
            labels: &[],
            values: &[],
            context: &[],
            instruments: &[],
            log: LogSchema::new(name),
            log_cases: &[],
            guard: None,
            removes: &[],
        }
    }

    #[must_use]
    pub const fn section(mut self, section: &'static str) -> Self {
        self.section = section;
        self
    }

    #[must_use]
    pub const fn registration_labels(mut self, labels: &'static [LabelSchema]) -> Self {
        self.registration_labels = labels;
        self
    }

    #[must_use]
    pub const fn removes(mut self, removes: &'static [Removal]) -> Self {
        self.removes = removes;
        self
    }

    #[must_use]
    pub const fn guard(mut self, start: &'static str, elapsed: Option<usize>) -> Self {
        self.guard = Some(GuardSchema { start, elapsed, end_labels: &[] });
        self
    }

    #[must_use]
    pub const fn guard_end_labels(mut self, labels: &'static [usize]) -> Self {
        if let Some(guard) = &mut self.guard {
            guard.end_labels = labels;
        }
        self
    }

    #[must_use]
    pub const fn labels(mut self, labels: &'static [LabelSchema]) -> Self {
        self.labels = labels;
        self
    }

    #[must_use]
    pub const fn values(mut self, values: &'static [ValueSchema]) -> Self {
        self.values = values;
        self
    }

    #[must_use]
    pub const fn context(mut self, context: &'static [ContextSchema]) -> Self {
        self.context = context;
        self
    }

    #[must_use]
    pub const fn instruments(mut self, instruments: &'static [InstrumentSchema]) -> Self {
        self.instruments = instruments;
        self
    }

    #[must_use]
    pub const fn log(mut self, log: LogSchema) -> Self {
        self.log = log;
        self
    }

    #[must_use]
    pub const fn log_cases(mut self, cases: &'static [LogSchema]) -> Self {
        self.log_cases = cases;
        self
    }
}

#[doc(hidden)]
impl Removal {
    #[must_use]
    pub const fn new(
        feeds: &'static EventSchema,
        event: usize,
        instrument: usize,
        labels: &'static [usize],
    ) -> Self {
        Removal { feeds, event, instrument, labels }
    }
}

#[doc(hidden)]
impl LabelSchema {
    /// Creates a label. The key is `key` of the parameter, else the parameter's name.
    #[must_use]
    pub const fn new(param: &'static str, key: Option<&'static str>, set: LabelSet) -> Self {
        let key = match key {
            Some(key) => key,
            None => param,
        };
        LabelSchema { key, param, set, none: None, help: "", value_help: &[] }
    }

    /// Creates a label with what its type says, and with the type's key if the parameter states none.
    #[must_use]
    pub const fn typed(param: &'static str, key: Option<&'static str>, of: LabelType) -> Self {
        let key = match key {
            Some(_) => key,
            None => of.name,
        };
        let label = Self::new(param, key, of.set).none(of.optional, NONE);
        LabelSchema { help: of.help, value_help: of.value_help, ..label }
    }

    #[must_use]
    pub const fn none(mut self, optional: bool, none: &'static str) -> Self {
        if optional {
            self.none = Some(none);
        }
        self
    }

    /// Sets what the declaration says of the label, in place of what its type says.
    #[must_use]
    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }
}

#[doc(hidden)]
impl ValueSchema {
    #[must_use]
    pub const fn new(param: &'static str, representation: Representation, optional: bool) -> Self {
        ValueSchema { param, representation, optional }
    }
}

#[doc(hidden)]
impl ContextSchema {
    #[must_use]
    pub const fn new(param: &'static str, kind: ContextKind, optional: bool) -> Self {
        ContextSchema { param, kind, optional }
    }
}
