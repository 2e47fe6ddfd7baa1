//! What a declaration says, as constants: the one thing that back ends read of a surface.

mod alert;
#[doc(hidden)]
pub mod check;
mod instrument;
mod lifecycle;
mod log;
mod name;
mod start;

pub use alert::{AlertSchema, Condition, Matcher, Quantity};
pub use instrument::{InstrumentLabel, InstrumentSchema, Kind, Measure, Unit};
pub use lifecycle::{FormerName, Stability};
pub use log::LogSchema;
pub use name::{dotted_name, family_name};

use crate::label::index::LabelIndex;
use crate::label::{LabelSet, LabelValue};
use crate::value::{Number, Representation};
use std::fmt;

/// A whole surface.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Schema {
    /// The trait's name.
    pub name: &'static str,
    /// The prefix of every instrument's name; empty if there is none.
    pub namespace: &'static str,
    /// The trait's doc comment; empty if there is none.
    pub help: &'static str,
    /// The package that declares the surface; empty if it is not built by cargo.
    pub package: &'static str,
    /// That package's version.
    pub version: &'static str,
    /// The budget of series, if the surface states one.
    pub max_series: Option<u64>,
    /// Where the trait stands.
    pub source: Source,
    /// The metric methods, in declaration order.
    pub events: &'static [&'static EventSchema],
}

/// One metric method. Two of them are the same event if they stand at the same address.
#[derive(Debug)]
#[non_exhaustive]
pub struct EventSchema {
    /// The method's name.
    pub name: &'static str,
    /// The doc comment, all paragraphs.
    pub help: &'static str,
    /// The prefix of the instruments' names; empty if there is none.
    pub namespace: &'static str,
    /// The module that declares the trait.
    pub module: &'static str,
    /// Where the method stands.
    pub source: Source,
    /// The label parameters, in declaration order.
    pub labels: &'static [LabelSchema],
    /// The value parameters, in declaration order.
    pub values: &'static [ValueSchema],
    /// What the event feeds.
    pub instruments: &'static [InstrumentSchema],
    /// The log line.
    pub log: LogSchema,
}

/// A place in the user's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// As the compiler names it.
    pub file: &'static str,
    /// Counted from 1.
    pub line: u32,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One label parameter.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LabelSchema {
    /// The key in every back end.
    pub key: &'static str,
    /// The parameter's name, which the mock uses.
    pub param: &'static str,
    /// Where the values come from.
    pub set: LabelSet,
    /// The value of an absent label, if the parameter is an `Option`.
    pub none: Option<&'static str>,
}

/// One value parameter.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ValueSchema {
    /// The parameter's name.
    pub param: &'static str,
    /// How the number is recorded.
    pub representation: Representation,
    /// Whether it may be absent: then the instruments that take it are left untouched.
    pub optional: bool,
}

impl Schema {
    /// How many series the surface can make at the most. A series is one label set of one instrument: a
    /// histogram counts once, and so does an instrument that two events feed. Saturates.
    #[must_use]
    pub const fn series(&self) -> u64 {
        let mut sum = 0_u64;
        let mut event = 0;
        while event < self.events.len() {
            let instruments = self.events[event].instruments;
            let mut at = 0;
            while at < instruments.len() {
                if !(instruments[at].shared && self.fed_before(event, &instruments[at])) {
                    sum = sum.saturating_add(self.events[event].series(at));
                }
                at += 1;
            }
            event += 1;
        }
        sum
    }

    /// Whether an earlier event feeds the same series of this shared instrument.
    const fn fed_before(&self, event: usize, instrument: &InstrumentSchema) -> bool {
        let mut earlier = 0;
        while earlier < event {
            let instruments = self.events[earlier].instruments;
            let mut at = 0;
            while at < instruments.len() {
                if instruments[at].shared
                    && check::same(instruments[at].name, instrument.name)
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
    /// How many series one of the event's instruments can make at the most. A gauge has none for `other`.
    /// Saturates.
    ///
    /// # Panics
    ///
    /// If the event has no instrument with this index.
    #[must_use]
    pub const fn series(&self, instrument: usize) -> u64 {
        let labels = self.instruments[instrument].labels;
        let is_gauge = matches!(self.instruments[instrument].kind, Kind::Gauge);
        let mut product = 1_u64;
        let mut at = 0;
        while at < labels.len() {
            if let InstrumentLabel::Param(index) = labels[at] {
                let label = &self.labels[index];
                let other = is_gauge && !matches!(label.set, LabelSet::Closed(_));
                product = product.saturating_mul(label.cardinality() - other as u64);
            }
            at += 1;
        }
        product
    }

    /// How many counts `every` needs: the product of the labels' [`call_index`](LabelSchema::call_index). Saturates.
    pub(crate) const fn index_count(&self) -> u64 {
        let mut product = 1_u64;
        let mut at = 0;
        while at < self.labels.len() {
            product = product.saturating_mul(self.labels[at].call_index().len());
            at += 1;
        }
        product
    }

    /// The key that the log line begins with: `gauge` if every instrument is one, else `event`.
    #[must_use]
    pub const fn line_key(&self) -> &'static str {
        let mut at = 0;
        while at < self.instruments.len() {
            if !matches!(self.instruments[at].kind, Kind::Gauge) {
                return "event";
            }
            at += 1;
        }
        "gauge"
    }

    /// The key of a value in the log line: `value` for the only value of a gauge line, else its parameter.
    ///
    /// # Panics
    ///
    /// If the event has no value with this index.
    #[must_use]
    pub const fn value_key(&self, index: usize) -> &'static str {
        let gauge = matches!(self.line_key().as_bytes(), b"gauge");
        if gauge && self.values.len() == 1 { "value" } else { self.values[index].param }
    }

    /// Prints a call of the event with these labels and values.
    pub(crate) fn fmt_call<'v>(
        &self,
        labels: impl Iterator<Item = LabelValue<'v>>,
        values: impl Iterator<Item = Option<Number>>,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        let mut comma = "";
        for (schema, value) in self.labels.iter().zip(labels) {
            write!(f, "{comma}{}={}", schema.param, schema.set.shown(&value))?;
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
        f.write_str(")")
    }
}

impl LabelSchema {
    /// How many values the label can have: those of its set, and one more if it may be absent. Saturates.
    #[must_use]
    pub const fn cardinality(&self) -> u64 {
        self.set.cardinality().saturating_add(self.none.is_some() as u64)
    }

    /// Returns the indexes of a label whose calls are counted apart: its values, then those that a hand-written label
    /// gives and its set does not have, then the absent value.
    pub(crate) const fn call_index(&self) -> LabelIndex {
        LabelIndex { set: self.set, optional: true, none: None }
    }
}

// What follows is for expansions: constructors that take what each declaration has, and setters for the rest,
// so that a new field of a schema touches no generated code.

#[doc(hidden)]
impl Schema {
    #[must_use]
    pub const fn new(name: &'static str, source: Source, events: &'static [&'static EventSchema]) -> Self {
        Schema { name, namespace: "", help: "", package: "", version: "", max_series: None, source, events }
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
            help,
            namespace,
            module,
            source,
            labels: &[],
            values: &[],
            instruments: &[],
            log: LogSchema::new(name),
        }
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
    pub const fn instruments(mut self, instruments: &'static [InstrumentSchema]) -> Self {
        self.instruments = instruments;
        self
    }

    #[must_use]
    pub const fn log(mut self, log: LogSchema) -> Self {
        self.log = log;
        self
    }
}

#[doc(hidden)]
impl LabelSchema {
    /// `key` is the parameter's own, `type_key` its type's; without either it is the parameter's name.
    #[must_use]
    pub const fn new(
        param: &'static str,
        key: Option<&'static str>,
        type_key: Option<&'static str>,
        set: LabelSet,
    ) -> Self {
        let key = match (key, type_key) {
            (Some(key), _) | (None, Some(key)) => key,
            (None, None) => param,
        };
        LabelSchema { key, param, set, none: None }
    }

    #[must_use]
    pub const fn none(mut self, optional: bool, none: &'static str) -> Self {
        if optional {
            self.none = Some(none);
        }
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
