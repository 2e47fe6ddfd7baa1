//! The names of instruments in each back end. Whatever writes, reads or compares them asks this file.

use super::{EventSchema, InstrumentSchema, Kind, Unit};
use std::borrow::Cow;

/// Returns a name or a label's key as Prometheus has it: with `_` in place of each dot.
///
/// # Examples
///
/// ```
/// use telemetry::schema::prometheus_name;
///
/// assert_eq!(prometheus_name("http.route"), "http_route");
/// ```
#[must_use]
pub fn prometheus_name(text: &str) -> Cow<'_, str> {
    if text.contains('.') { Cow::Owned(text.replace('.', "_")) } else { Cow::Borrowed(text) }
}

/// Returns the name in OpenTelemetry and statsd, where units are separate: `namespace.name`, with the dots
/// that both have.
///
/// # Examples
///
/// ```
/// use telemetry::schema::dotted_name;
///
/// assert_eq!(dotted_name("e2a", "publisher_lag"), "e2a.publisher_lag");
/// assert_eq!(dotted_name("http.server", "request.duration"), "http.server.request.duration");
/// assert_eq!(dotted_name("", "publisher_lag"), "publisher_lag");
/// ```
#[must_use]
pub fn dotted_name(namespace: &str, name: &str) -> String {
    [namespace, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

/// The names of an instrument in each back end, as [`EventSchema::names`] decides them.
///
/// # Examples
///
/// ```
/// use telemetry::{Surface, metrics};
///
/// #[metrics(namespace = "node")]
/// pub trait Metrics {
///     /// Blocks accepted.
///     #[counter(was = "accepted_blocks")]
///     fn blocks(&self);
///
///     /// Blocks rejected.
///     #[counter(suffixes = off)]
///     fn rejected(&self);
/// }
///
/// let events = <dyn Metrics as Surface>::SCHEMA.events;
/// let blocks = events[0].names(0);
/// assert_eq!(blocks.samples(), ["node_blocks_total"]);
/// assert_eq!((blocks.dotted.as_str(), blocks.open_metrics_type()), ("node.blocks", "counter"));
/// assert_eq!(events[0].former_names(0).unwrap().samples(), ["accepted_blocks"]);
///
/// let rejected = events[1].names(0);
/// assert_eq!(rejected.samples(), ["node_rejected"]);
/// assert_eq!((rejected.dotted.as_str(), rejected.open_metrics_type()), ("node.rejected", "unknown"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Names {
    /// The metric family in OpenMetrics. The names of its samples begin with it.
    pub family: String,
    /// The suffixes that the names of its samples in Prometheus add to the family's.
    pub sample_suffixes: &'static [&'static str],
    /// The name in OTLP and statsd.
    pub dotted: String,
    kind: Kind,
}

impl Names {
    /// Creates the names of a family whose samples have the suffixes that OpenMetrics demands of its kind.
    const fn regular(family: String, dotted: String, kind: Kind) -> Self {
        let sample_suffixes: &[&str] = match kind {
            Kind::Counter => &["_total"],
            Kind::Gauge | Kind::UpDownCounter => &[""],
            Kind::Histogram => &["_bucket", "_sum", "_count"],
        };
        Names { family, sample_suffixes, dotted, kind }
    }

    /// Creates the names of a family that is called this in the text format, too.
    fn verbatim(name: String, dotted: String, kind: Kind) -> Self {
        let regular = Names::regular(name, dotted, kind);
        match kind {
            Kind::Counter => Names { sample_suffixes: &[""], ..regular },
            Kind::Gauge | Kind::UpDownCounter | Kind::Histogram => regular,
        }
    }

    /// Returns the names of its samples in Prometheus. A query names one of them.
    #[must_use]
    pub fn samples(&self) -> Vec<String> {
        self.sample_suffixes.iter().map(|suffix| format!("{}{suffix}", self.family)).collect()
    }

    /// Returns the name of its samples in Prometheus; for a histogram, that of the buckets.
    #[must_use]
    pub fn sample(&self) -> String {
        format!("{}{}", self.family, self.sample_suffixes.first().copied().unwrap_or_default())
    }

    /// Returns the name of the family in the text format 0.0.4: for a counter, that of its samples.
    #[must_use]
    pub fn text_family(&self) -> String {
        if self.kind == Kind::Counter { self.sample() } else { self.family.clone() }
    }

    /// Returns the type in the text format 0.0.4.
    #[must_use]
    pub const fn text_type(&self) -> &'static str {
        match self.kind {
            Kind::Counter => "counter",
            Kind::Gauge | Kind::UpDownCounter => "gauge",
            Kind::Histogram => "histogram",
        }
    }

    /// Returns the type in OpenMetrics, where the samples of a counter end in `_total`: what does not is
    /// `unknown`.
    #[must_use]
    pub const fn open_metrics_type(&self) -> &'static str {
        if self.is_bare_counter() { "unknown" } else { self.text_type() }
    }

    /// Returns whether OpenMetrics has the time from which it counts, under `_created`.
    #[must_use]
    pub const fn has_created(&self) -> bool {
        matches!(self.kind, Kind::Counter | Kind::Histogram) && !self.is_bare_counter()
    }

    /// Returns whether OpenMetrics allows a line `# UNIT`: the family's name has to end in the unit.
    #[must_use]
    pub fn has_unit(&self, unit: Unit) -> bool {
        unit != Unit::None && ends_in(&self.family, unit.suffix()).is_some()
    }

    /// Returns all names that the family takes in Prometheus and OpenMetrics, its own included: OpenMetrics
    /// rejects a second family of that name, and names that another type could have.
    #[must_use]
    pub fn taken(&self) -> Vec<String> {
        let mut suffixes = self.sample_suffixes.to_vec();
        if !suffixes.contains(&"") {
            suffixes.insert(0, "");
        }
        let names = suffixes.into_iter().map(|suffix| format!("{}{suffix}", self.family));
        names.chain(self.created()).collect()
    }

    /// Returns the name of the sample with the time from which a sum counts, which OpenMetrics has.
    pub(crate) fn created(&self) -> Option<String> {
        self.has_created().then(|| format!("{}_created", self.family))
    }

    const fn is_bare_counter(&self) -> bool {
        matches!((self.kind, self.sample_suffixes), (Kind::Counter, [suffix]) if suffix.is_empty())
    }
}

/// The parts of an instrument's names.
#[derive(Clone, Copy)]
pub(crate) struct Spelling<'a> {
    pub namespace: &'a str,
    pub name: &'a str,
    pub unit: &'a str,
    pub kind: Kind,
    pub suffixes: bool,
    pub was: Option<&'a str>,
}

impl Spelling<'_> {
    /// Returns the names that the instrument has.
    pub fn present(&self) -> Names {
        let names = self.present_alone();
        match self.former_alone() {
            // OpenMetrics would have two families of one name.
            Some(former) if former.family == names.family => Self::bare(names),
            _ => names,
        }
    }

    /// Returns the names that it had.
    pub fn former(&self) -> Option<Names> {
        let former = self.former_alone()?;
        let is_double = former.family == self.present_alone().family;
        Some(if is_double { Self::bare(former) } else { former })
    }

    fn present_alone(&self) -> Names {
        let dotted = dotted_name(self.namespace, self.name);
        if self.suffixes {
            let family = join([self.namespace, self.name, self.unit]);
            return Names::regular(family, dotted, self.kind);
        }
        Names::verbatim(join([self.namespace, self.name, ""]), dotted, self.kind)
    }

    fn former_alone(&self) -> Option<Names> {
        let sample = self.was?;
        let counted = if self.kind == Kind::Counter { ends_in(sample, "total") } else { None };
        let dotted = self.former_dotted(counted.unwrap_or(sample));
        Some(match counted {
            Some(family) => Names::regular(family.to_owned(), dotted, self.kind),
            None => Names::verbatim(sample.to_owned(), dotted, self.kind),
        })
    }

    /// Returns the name in OTLP and statsd that goes with a former family: the one from which this library
    /// makes it, as far as it can be one.
    fn former_dotted(&self, family: &str) -> String {
        let name = ends_in(family, self.unit).unwrap_or(family);
        if name == join([self.namespace, self.name, ""]) {
            return dotted_name(self.namespace, self.name);
        }
        let own = name.strip_prefix(&join([self.namespace, "", ""])).and_then(|rest| rest.strip_prefix('_'));
        match own.filter(|own| !own.is_empty() && !self.namespace.is_empty()) {
            Some(own) => dotted_name(self.namespace, own),
            None => name.to_owned(),
        }
    }

    /// Returns the names of a counter whose family in OpenMetrics is called as its samples.
    fn bare(names: Names) -> Names {
        Names::verbatim(names.text_family(), names.dotted, names.kind)
    }
}

/// Joins the parts of a name in Prometheus.
fn join(parts: [&str; 3]) -> String {
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.map(prometheus_name).collect::<Vec<_>>().join("_")
}

/// Returns what comes before a last word of a name, if the name ends in it and has others.
fn ends_in<'n>(name: &'n str, word: &str) -> Option<&'n str> {
    let before = name.strip_suffix(word).filter(|_| !word.is_empty())?;
    before.strip_suffix('_').filter(|before| !before.is_empty())
}

impl InstrumentSchema {
    fn spelling(&self, namespace: &'static str) -> Spelling<'_> {
        Spelling {
            namespace,
            name: self.name,
            unit: self.unit.suffix(),
            kind: self.kind,
            suffixes: self.suffixes,
            was: self.was.map(|was| was.name),
        }
    }
}

impl EventSchema {
    /// Returns the names of one of the event's instruments in each back end.
    ///
    /// # Panics
    ///
    /// Panics if the event has no instrument with this index.
    #[must_use]
    pub fn names(&self, instrument: usize) -> Names {
        self.instruments[instrument].spelling(self.namespace).present()
    }

    /// Returns the names that the instrument had, if it is still exported under them (`was`).
    ///
    /// # Panics
    ///
    /// Panics if the event has no instrument with this index.
    #[must_use]
    pub fn former_names(&self, instrument: usize) -> Option<Names> {
        self.instruments[instrument].spelling(self.namespace).former()
    }
}

impl Kind {
    /// All kinds.
    pub const ALL: &[Kind] = &[Kind::Counter, Kind::Gauge, Kind::UpDownCounter, Kind::Histogram];

    /// Returns the name in a declaration.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::schema::Kind;
    ///
    /// assert_eq!(Kind::UpDownCounter.name(), "up_down_counter");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::UpDownCounter => "up_down_counter",
            Kind::Histogram => "histogram",
        }
    }
}
/// Formats a finite bucket bound as a canonical number of [OpenMetrics 1.0]: Go's `%g`, with `.0` after an
/// integer: `1.0`, `0.005`, `1e+06`.
///
/// [OpenMetrics 1.0]:
/// https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md#numbers
#[cfg(any(feature = "catalog", feature = "prometheus"))]
pub(crate) fn bound(n: f64) -> String {
    // Go's bounds for the shortest form. A zero has no sign here: `-0.0` and `0.0` are one bucket.
    const DECIMAL_EXPONENTS: std::ops::Range<i32> = -4..6;
    let n = if n == 0.0 { 0.0 } else { n };
    let scientific = format!("{n:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if DECIMAL_EXPONENTS.contains(&exponent) {
        format!("{n:?}")
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    }
}
