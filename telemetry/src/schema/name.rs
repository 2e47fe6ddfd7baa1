//! How an instrument is named where namespace, name and unit become one word.

use super::{EventSchema, Kind, Unit};

/// The name of a metric family in Prometheus and OpenMetrics: `namespace_name_unit`, without the suffixes of
/// its samples.
///
/// ```
/// use telemetry::schema::{Unit, family_name};
///
/// assert_eq!(family_name("e2a", "publisher_lag", Unit::Seconds), "e2a_publisher_lag_seconds");
/// ```
#[must_use]
pub fn family_name(namespace: &str, name: &str, unit: Unit) -> String {
    let parts = [namespace, name, unit.suffix()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

/// The name where units are told apart from it, in OpenTelemetry and statsd: `namespace.name`, no other dot.
///
/// ```
/// use telemetry::schema::dotted_name;
///
/// assert_eq!(dotted_name("e2a", "publisher_lag"), "e2a.publisher_lag");
/// assert_eq!(dotted_name("", "publisher_lag"), "publisher_lag");
/// ```
#[must_use]
pub fn dotted_name(namespace: &str, name: &str) -> String {
    [namespace, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

impl EventSchema {
    /// The family of one of the event's instruments, as [`family_name`] makes it.
    ///
    /// # Panics
    ///
    /// If the event has no instrument with this index.
    #[must_use]
    pub fn family_name(&self, instrument: usize) -> String {
        let instrument = &self.instruments[instrument];
        family_name(self.namespace, instrument.name, instrument.unit)
    }
}

impl Kind {
    /// All kinds.
    pub const ALL: &[Kind] = &[Kind::Counter, Kind::Gauge, Kind::UpDownCounter, Kind::Histogram];

    /// The name in a declaration.
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

    /// What its samples have behind the family's name in Prometheus' text.
    #[cfg(feature = "catalog")]
    pub(crate) const fn sample_suffixes(self) -> &'static [&'static str] {
        match self {
            Kind::Counter => &["_total"],
            Kind::Gauge | Kind::UpDownCounter => &[""],
            Kind::Histogram => &["_bucket", "_sum", "_count"],
        }
    }

    /// What a sample has behind the family's name in Prometheus, if it is the only one of its series.
    #[must_use]
    pub const fn sample_suffix(self) -> &'static str {
        match self {
            Kind::Counter => "_total",
            Kind::Gauge | Kind::UpDownCounter | Kind::Histogram => "",
        }
    }
}
