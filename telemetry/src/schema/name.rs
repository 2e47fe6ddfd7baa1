//! The full names of instruments: namespace, name and unit in one word.

use super::{EventSchema, Kind, Unit};

/// Returns the name of a metric family in Prometheus and OpenMetrics: `namespace_name_unit`, without the
/// suffixes of its samples.
///
/// # Examples
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

/// Returns the name in OpenTelemetry and statsd, where units are separate: `namespace.name`, without another
/// dot.
///
/// # Examples
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
    /// Returns the [`family_name`] of one of the event's instruments.
    ///
    /// # Panics
    ///
    /// Panics if the event has no instrument with this index.
    #[must_use]
    pub fn family_name(&self, instrument: usize) -> String {
        let instrument = &self.instruments[instrument];
        family_name(self.namespace, instrument.name, instrument.unit)
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

    /// Returns the suffixes of its samples in Prometheus.
    #[cfg(feature = "catalog")]
    pub(crate) const fn sample_suffixes(self) -> &'static [&'static str] {
        match self {
            Kind::Counter => &["_total"],
            Kind::Gauge | Kind::UpDownCounter => &[""],
            Kind::Histogram => &["_bucket", "_sum", "_count"],
        }
    }

    /// Returns the suffix of a sample in Prometheus, if the series has only one.
    #[must_use]
    pub const fn sample_suffix(self) -> &'static str {
        match self {
            Kind::Counter => "_total",
            Kind::Gauge | Kind::UpDownCounter | Kind::Histogram => "",
        }
    }
}
