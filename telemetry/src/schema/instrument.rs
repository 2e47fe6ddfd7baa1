//! The declaration of an instrument.

use super::text::same;
use super::{AlertSchema, FormerName, SloSchema, Source, Stability};
use crate::value::Number;

/// The declaration of one instrument that an event records in.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct InstrumentSchema {
    /// The kind: what it does with the numbers.
    pub kind: Kind,
    /// The name, without namespace, unit and the suffixes that back ends add. [`EventSchema::names`] has the
    /// full names.
    ///
    /// [`EventSchema::names`]: super::EventSchema::names
    pub name: &'static str,
    /// False if Prometheus has the name as it is written, without unit and `_total` (`suffixes = off`).
    pub suffixes: bool,
    /// The help text, with all paragraphs.
    pub help: &'static str,
    /// The unit of its numbers.
    pub unit: Unit,
    /// The number that it takes.
    pub measure: Measure,
    /// Its labels.
    pub labels: &'static [InstrumentLabel],
    /// A histogram's upper bounds, increasing, without `+Inf`; empty for the other kinds.
    pub buckets: &'static [f64],
    /// True if a histogram takes negative numbers.
    pub signed: bool,
    /// True if a histogram has exponential buckets beside those of its bounds.
    pub native: bool,
    /// True if a counter shows a total that somebody else keeps.
    pub total: bool,
    /// True if a gauge is exported only by collections that set it.
    pub observed: bool,
    /// The series that exist before the first use.
    pub initial: Initial,
    /// True if another event also records in it, under the same name.
    pub shared: bool,
    /// The promise to dashboards and alerts.
    pub stability: Stability,
    /// The older name under which it is exported too.
    pub was: Option<FormerName>,
    /// The version of the package in which it goes, or an empty string.
    pub deprecated: &'static str,
    /// Its alert rules.
    pub alerts: &'static [AlertSchema],
    /// Its service level objectives.
    pub slos: &'static [SloSchema],
    /// The source location.
    pub source: Source,
}

/// The kind of an instrument, in OpenTelemetry's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Sums numbers that are never negative.
    Counter,
    /// Keeps the last number.
    Gauge,
    /// Sums numbers of either sign.
    UpDownCounter,
    /// Counts numbers by bucket, and sums them.
    Histogram,
}

/// The series of an instrument that exist before their first use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Initial {
    /// By the kind: sums with values that are known, if there are not too many; no gauge.
    ByKind,
    /// All whose label values are known, at 0.
    Zero,
    /// None.
    None,
}

impl Initial {
    /// Returns the word in a declaration; empty for `ByKind`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Initial::ByKind => "",
            Initial::Zero => "0",
            Initial::None => "none",
        }
    }
}

/// The number that an instrument takes from an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Measure {
    /// 1 for each call.
    Calls,
    /// The event's value with this index. Nothing is recorded if the value is absent.
    Value(usize),
    /// This number for each call.
    Constant(Number),
    /// 1 from the start of a guard to its end; nothing for the call.
    InFlight,
}

/// One label of an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstrumentLabel {
    /// The surface's label with this index, which is given at registration. These come first.
    Registration(usize),
    /// The event's label with this index.
    Param(usize),
    /// A constant label.
    Constant {
        /// The key.
        key: &'static str,
        /// The value.
        value: &'static str,
    },
}

macro_rules! units {
    ($($(#[$doc:meta])* $variant:ident $suffix:literal $ucum:literal,)*) => {
        /// The unit of an instrument's numbers. These are Prometheus' base units.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Unit {
            /// No unit: a count.
            None,
            $($(#[$doc])* $variant,)*
        }

        impl Unit {
            /// All units but `None`.
            pub const ALL: &[Unit] = &[$(Unit::$variant),*];

            /// Returns the suffix in a Prometheus name, which is also the name in a declaration. Empty for
            /// `None`.
            #[must_use]
            pub const fn suffix(self) -> &'static str {
                match self {
                    Unit::None => "",
                    $(Unit::$variant => $suffix,)*
                }
            }

            /// Returns the code in [UCUM](https://ucum.org/ucum), which OpenTelemetry uses; `1` for `None`.
            ///
            /// # Examples
            ///
            /// ```
            /// use telemetry::schema::Unit;
            ///
            /// assert_eq!(Unit::Bytes.ucum(), "By");
            /// ```
            #[must_use]
            pub const fn ucum(self) -> &'static str {
                match self {
                    Unit::None => "1",
                    $(Unit::$variant => $ucum,)*
                }
            }
        }
    };
}

units! {
    /// Time.
    Seconds "seconds" "s",
    /// Data.
    Bytes "bytes" "By",
    /// A share of a whole, 0 to 1.
    Ratio "ratio" "1",
    /// Temperature.
    Celsius "celsius" "Cel",
    /// Length.
    Meters "meters" "m",
    /// Mass.
    Grams "grams" "g",
    /// Energy.
    Joules "joules" "J",
    /// Power.
    Watts "watts" "W",
    /// Electric potential.
    Volts "volts" "V",
    /// Electric current.
    Amperes "amperes" "A",
    /// Frequency.
    Hertz "hertz" "Hz",
}

impl InstrumentSchema {
    /// Returns whether a call replaces the number of its series: in a gauge, and in a total that somebody
    /// else keeps.
    pub(crate) const fn keeps_last(&self) -> bool {
        matches!(self.kind, Kind::Gauge) || self.total
    }

    /// Returns whether both have the same constant labels, in any order.
    pub(crate) const fn same_constants(&self, other: &InstrumentSchema) -> bool {
        self.has_constants_of(other) && other.has_constants_of(self)
    }

    const fn has_constants_of(&self, other: &InstrumentSchema) -> bool {
        let mut at = 0;
        while at < other.labels.len() {
            if let InstrumentLabel::Constant { key, value } = other.labels[at]
                && !self.has_constant(key, value)
            {
                return false;
            }
            at += 1;
        }
        true
    }

    pub(crate) const fn has_constant(&self, key: &str, value: &str) -> bool {
        let mut at = 0;
        while at < self.labels.len() {
            if let InstrumentLabel::Constant { key: own, value: text } = self.labels[at]
                && same(own, key)
                && same(text, value)
            {
                return true;
            }
            at += 1;
        }
        false
    }
}

#[doc(hidden)]
impl InstrumentSchema {
    #[must_use]
    pub const fn new(kind: Kind, name: &'static str, help: &'static str, source: Source) -> Self {
        InstrumentSchema {
            kind,
            name,
            suffixes: true,
            help,
            unit: Unit::None,
            measure: Measure::Calls,
            labels: &[],
            buckets: &[],
            signed: false,
            native: false,
            total: false,
            observed: false,
            initial: Initial::ByKind,
            shared: false,
            stability: Stability::Beta,
            was: None,
            deprecated: "",
            alerts: &[],
            slos: &[],
            source,
        }
    }

    #[must_use]
    pub const fn without_suffixes(mut self) -> Self {
        self.suffixes = false;
        self
    }

    #[must_use]
    pub const fn unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    #[must_use]
    pub const fn measure(mut self, measure: Measure) -> Self {
        self.measure = measure;
        self
    }

    #[must_use]
    pub const fn labels(mut self, labels: &'static [InstrumentLabel]) -> Self {
        self.labels = labels;
        self
    }

    #[must_use]
    pub const fn buckets(mut self, buckets: &'static [f64]) -> Self {
        self.buckets = buckets;
        self
    }

    #[must_use]
    pub const fn signed(mut self) -> Self {
        self.signed = true;
        self
    }

    #[must_use]
    pub const fn native(mut self) -> Self {
        self.native = true;
        self
    }

    #[must_use]
    pub const fn total(mut self) -> Self {
        self.total = true;
        self
    }

    #[must_use]
    pub const fn observed(mut self) -> Self {
        self.observed = true;
        self
    }

    #[must_use]
    pub const fn initial(mut self, initial: Initial) -> Self {
        self.initial = initial;
        self
    }

    #[must_use]
    pub const fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    #[must_use]
    pub const fn stability(mut self, stability: Stability) -> Self {
        self.stability = stability;
        self
    }

    #[must_use]
    pub const fn was(mut self, was: FormerName) -> Self {
        self.was = Some(was);
        self
    }

    #[must_use]
    pub const fn deprecated(mut self, version: &'static str) -> Self {
        self.deprecated = version;
        self
    }

    #[must_use]
    pub const fn slos(mut self, slos: &'static [SloSchema]) -> Self {
        self.slos = slos;
        self
    }

    #[must_use]
    pub const fn alerts(mut self, alerts: &'static [AlertSchema]) -> Self {
        self.alerts = alerts;
        self
    }
}
