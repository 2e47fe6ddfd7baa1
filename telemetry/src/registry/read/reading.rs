//! One reading of a snapshot: the series of an instrument that have some labels, as one number.

use super::point::Point;
use super::snapshot::{Family, Snapshot};
use crate::value::Number;

/// The series of one instrument that have some labels, taken together. [`Snapshot::reading`] returns it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    series: usize,
    number: Option<Number>,
    count: u64,
    sum: f64,
}

impl Reading {
    pub(crate) fn add(&mut self, point: Point<'_>) {
        self.series += 1;
        match point {
            Point::Sum(number) => self.number = Some(self.number.map_or(number, |sum| plus(sum, number))),
            // Several gauges have no number together.
            Point::Gauge(number) => self.number = (self.series == 1).then_some(number),
            Point::Histogram(histogram) => {
                self.count = self.count.saturating_add(histogram.count());
                self.sum += histogram.sum;
            }
        }
    }

    /// Returns the number of series that were read.
    #[must_use]
    pub const fn series(&self) -> usize {
        self.series
    }

    /// Returns the sum of a counter or an up-down counter, or the last number of a gauge; durations in
    /// seconds. Returns `None` for a histogram, for several series of a gauge, and if there are no series.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.number.map(Number::as_f64)
    }

    /// Returns the exact number of [`value`](Self::value).
    #[must_use]
    pub const fn number(&self) -> Option<Number> {
        self.number
    }

    /// Returns how many numbers a histogram has; 0 for the other kinds.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Returns the sum of a histogram's numbers, durations in seconds; 0 for the other kinds.
    #[must_use]
    pub const fn sum(&self) -> f64 {
        self.sum
    }
}

/// Returns the sum. Integers and durations saturate.
fn plus(a: Number, b: Number) -> Number {
    match (a, b) {
        (Number::U64(a), Number::U64(b)) => Number::U64(a.saturating_add(b)),
        (Number::I64(a), Number::I64(b)) => Number::I64(a.saturating_add(b)),
        (Number::Duration(a), Number::Duration(b)) => Number::Duration(a.saturating_add(b)),
        (a, b) => Number::F64(a.as_f64() + b.as_f64()),
    }
}

impl Snapshot {
    /// Reads the series of one instrument that have these labels. Adds up several series, which have further
    /// labels.
    ///
    /// The name is that of the declaration, or the full name with namespace and unit. Without such an
    /// instrument, the reading has no series.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::{Registry, metrics};
    ///
    /// #[metrics(namespace = "api")]
    /// pub trait Metrics {
    ///     /// Requests served.
    ///     #[counter]
    ///     fn requests(&self, cached: bool);
    /// }
    ///
    /// let registry = Registry::new();
    /// let metrics = registry.register::<dyn Metrics>()?;
    /// metrics.requests(true);
    /// metrics.requests(false);
    ///
    /// let snapshot = registry.snapshot();
    /// assert_eq!(snapshot.reading("api_requests", &[("cached", "true")]).value(), Some(1.0));
    /// assert_eq!(snapshot.reading("requests", &[]).value(), Some(2.0));
    /// # Ok::<(), telemetry::registry::RegisterError>(())
    /// ```
    #[must_use]
    pub fn reading(&self, name: &str, labels: &[(&str, &str)]) -> Reading {
        let mut reading = Reading::default();
        let families = self.families().filter(|family| family.id().renamed().is_none());
        for family in families.filter(|family| is_named(family, name)) {
            for series in family.series() {
                let has =
                    |wanted: &(&str, &str)| series.labels().any(|(key, value)| (key, &*value) == *wanted);
                if labels.iter().all(has) {
                    reading.add(series.point());
                }
            }
        }
        reading
    }
}

fn is_named(family: &Family<'_>, name: &str) -> bool {
    family.name() == name || family.names().family == name
}
