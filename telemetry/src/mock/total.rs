//! What a registry holds of one instrument after the mock's calls, and assertions on it.

use super::expected::Expected;
use super::report::fail;
use super::selection::Selection;
use super::shared::Mark;
use crate::registry::{Point, Reading};
use crate::schema::{InstrumentSchema, Kind};
use crate::value::Number;
use std::fmt;

/// The state of one instrument in a registry, in the series that pass the filters of a view.
///
/// It is one reading, and later calls do not change it. It comes from a registry that the mock keeps, so it
/// is right for every kind: a gauge has its last number, an up-down counter its sum or what is in flight, and
/// a histogram its count and sum.
pub struct Total {
    calls: Selection,
    instrument: &'static InstrumentSchema,
    reading: Reading,
    /// The series that were read, one a line.
    series: Vec<String>,
}

impl Total {
    /// Reads the series of an instrument that have the labels of the filters.
    #[track_caller]
    pub(super) fn of(calls: &Selection, instrument: &'static InstrumentSchema) -> Self {
        if calls.from != Mark::default() {
            calls.fail("to have no mark: totals are of all calls");
        }
        let labels = calls.series_labels(instrument);
        let snapshot = match calls.shared.snapshot() {
            Ok(snapshot) => snapshot,
            Err(error) => fail(&error.to_string()),
        };
        let mut total =
            Total { calls: calls.clone(), instrument, reading: Reading::default(), series: Vec::new() };
        let families = snapshot.families().filter(|family| family.id().renamed().is_none());
        for series in families.filter(|family| family.name() == instrument.name).flat_map(|f| f.series()) {
            let found: Vec<_> = series.labels().collect();
            if labels.iter().all(|label| found.contains(label)) {
                let text: Vec<_> = found.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
                total.add(&text.join(", "), series.point());
            }
        }
        total
    }

    fn add(&mut self, labels: &str, point: Point<'_>) {
        let number = match point {
            Point::Sum(number) | Point::Gauge(number) => number.to_string(),
            Point::Histogram(histogram) => format!("count {}, sum {}", histogram.count(), histogram.sum),
        };
        self.series.push(format!("{}{{{labels}}} {number}", self.instrument.name));
        self.reading.add(point);
    }

    /// Returns the sum of a counter or an up-down counter, or the last number of a gauge; durations in
    /// seconds.
    ///
    /// # Panics
    ///
    /// Panics for a histogram, for a gauge that was never set, and for several series of a gauge.
    #[must_use]
    #[track_caller]
    pub fn value(&self) -> f64 {
        self.number().as_f64()
    }

    /// Returns the count of a histogram's numbers.
    ///
    /// # Panics
    ///
    /// Panics if the instrument is of another kind.
    #[must_use]
    #[track_caller]
    pub fn count(&self) -> u64 {
        self.check_histogram();
        self.reading.count()
    }

    /// Returns the sum of a histogram's numbers, durations in seconds.
    ///
    /// # Panics
    ///
    /// Panics if the instrument is of another kind.
    #[must_use]
    #[track_caller]
    pub fn sum(&self) -> f64 {
        self.check_histogram();
        self.reading.sum()
    }

    /// Asserts the [`value`](Self::value): a number, a duration, or a range of them.
    ///
    /// # Panics
    ///
    /// Panics if it differs, and where [`value`](Self::value) does.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[telemetry::metrics]
    /// # pub trait Metrics {
    /// #     /// Open connections.
    /// #     #[up_down_counter(value = change)]
    /// #     fn connections(&self, tls: bool, change: i64);
    /// # }
    /// let metrics = RecordingMetrics::default();
    /// metrics.connections(true, 2);
    /// metrics.connections(true, -1);
    /// metrics.connections_calls().tls(true).total().assert_value(1);
    /// metrics.connections_calls().tls(false).total().assert_value(..=0);
    /// ```
    #[track_caller]
    #[allow(clippy::needless_pass_by_value, reason = "a literal or a range")]
    pub fn assert_value(&self, expected: impl Expected) {
        self.check("to be", &expected, self.number());
    }

    /// Asserts the [`count`](Self::count) of a histogram.
    ///
    /// # Panics
    ///
    /// Panics if it differs, or if the instrument is of another kind.
    #[track_caller]
    #[allow(clippy::needless_pass_by_value, reason = "a literal or a range")]
    pub fn assert_count(&self, expected: impl Expected) {
        self.check("to have a count of", &expected, Number::U64(self.count()));
    }

    /// Asserts the [`sum`](Self::sum) of a histogram: a number, a duration, or a range of them.
    ///
    /// # Panics
    ///
    /// Panics if it differs, or if the instrument is of another kind.
    #[track_caller]
    #[allow(clippy::needless_pass_by_value, reason = "a literal or a range")]
    pub fn assert_sum(&self, expected: impl Expected) {
        self.check("to have a sum of", &expected, Number::F64(self.sum()));
    }

    #[track_caller]
    fn number(&self) -> Number {
        let (kind, series) = (self.instrument.kind, self.reading.series());
        match self.reading.number() {
            Some(number) => number,
            None if kind == Kind::Histogram => self.fail("to have one value, but it has `count` and `sum`"),
            None if kind != Kind::Gauge => Number::U64(0),
            None if series == 0 => self.fail("to be set, but it never was"),
            None => self.fail(&format!("to be one series, but it is {series}: filter by its labels")),
        }
    }

    #[track_caller]
    fn check_histogram(&self) {
        if self.instrument.kind != Kind::Histogram {
            self.fail("to be a histogram; the other kinds have a `value`");
        }
    }

    #[track_caller]
    fn check(&self, verb: &str, expected: &impl Expected, number: Number) {
        if !expected.accepts(number) {
            self.fail(&format!("{verb} {}, but it is {number}", expected.describe()));
        }
    }

    #[track_caller]
    fn fail(&self, expectation: &str) -> ! {
        let kind = self.instrument.kind.name().replace('_', "-");
        let (name, filters) = (self.instrument.name, self.calls.describe_filters());
        let calls = self.calls.list_feeding(self.instrument);
        fail(&format!("expected the {kind} `{name}`{filters} {expectation}\n{self:?}\n{calls}"));
    }
}

/// Prints the series that were read.
impl fmt::Debug for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "series ({}):", self.series.len())?;
        self.series.iter().try_for_each(|series| write!(f, "\n     {series}"))
    }
}
