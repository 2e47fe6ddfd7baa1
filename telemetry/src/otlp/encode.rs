//! Puts a snapshot into requests, each small enough for a server's limits.

use super::data_point::{DataPoint, metric};
use super::delivered::{Delivered, Delta, Key, Reading, Total};
use super::ended::{Gone, LastPoint, NO_RECORDED_VALUE, Sent};
use super::exemplars::SeriesExemplars;
use super::exponential::Exponential;
use super::format::Format;
use super::proto::{
    ExponentialHistogramDataPoint, ExportMetricsServiceRequest, HistogramDataPoint, InstrumentationScope,
    KeyValue, Metric, NumberDataPoint, Resource, ResourceMetrics, ScopeMetrics, Value,
};
use super::resource::attribute;
use super::time::nanos;
use crate::registry::{Family, FamilyId, HistogramPoint, Point, Series, SeriesId, Snapshot};
use crate::schema::{EventSchema, InstrumentSchema, Kind, Measure, Schema};
use crate::value::{Number, Representation};
use prost::Message;
use std::collections::HashSet;
use std::time::SystemTime;

/// The limits of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub points: u64,
    /// The encoded size before compression. The estimate is an upper bound. A request of one point may exceed
    /// it.
    pub bytes: usize,
}

impl Limits {
    /// Stays below the 4 MiB that gRPC servers accept by default.
    pub(super) const MAX_BYTES: usize = 3 << 20;
}

/// The bytes of a field besides its content: a tag, and a length below 2²⁸.
pub(super) const FIELD: usize = 5;

/// One request, and the totals that are delivered once it is accepted.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub request: ExportMetricsServiceRequest,
    pub points: u64,
    pub totals: Vec<(Key, Reading)>,
    /// The exemplars of the points.
    pub exemplars: Vec<(Key, SeriesExemplars)>,
    /// The series with a first point that can end.
    pub sent: Vec<(Key, LastPoint)>,
    /// The series with a last point.
    pub gone: Vec<Key>,
    /// The series of the last point.
    pub last: Option<Key>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.points == 0 && self.totals.is_empty()
    }
}

/// A series that gets a point.
#[derive(Clone, Copy)]
enum Item<'s> {
    Present(Series<'s>),
    Gone(SeriesId, &'s LastPoint),
}

impl Item<'_> {
    fn id(&self) -> SeriesId {
        match self {
            Item::Present(series) => series.id(),
            Item::Gone(series, _) => *series,
        }
    }
}

/// Families and their series.
type AllSeries<'s> = Box<dyn Iterator<Item = (Family<'s>, Item<'s>)> + 's>;

/// The requests of a push, built one at a time.
pub(super) struct Batches<'s> {
    snapshot: &'s Snapshot,
    /// The series that the server knows and the snapshot does not have.
    gone: &'s Gone,
    /// The remaining series: from the first one of this push to the snapshot's last, then those before it.
    series: AllSeries<'s>,
    /// The series that did not fit into the last request.
    left: Option<(Family<'s>, Item<'s>)>,
    /// The index of the first series of this push.
    first: usize,
    /// The number of series in the snapshot, and of those that are gone.
    count: usize,
    /// The number of series in the batches so far.
    done: usize,
    /// The number of series in the batches before the last one.
    before: usize,
    pub limits: Limits,
    resource: &'s Resource,
    format: Format,
    time: u64,
    /// The last family, and true if its numbers are integers.
    is_integer: Option<(FamilyId, bool)>,
}

/// Returns all series of a snapshot in its order, and those that are gone after the others of their family.
fn all_series<'s>(snapshot: &'s Snapshot, gone: &'s Gone) -> impl Iterator<Item = (Family<'s>, Item<'s>)> {
    snapshot.dotted_families().flat_map(|family| {
        let gone = gone.of(family.id()).iter().map(|(series, point)| Item::Gone(*series, point));
        family.series().map(Item::Present).chain(gone).map(move |item| (family, item))
    })
}

impl<'s> Batches<'s> {
    /// Creates the requests of a snapshot, which was taken at `time`.
    ///
    /// A push that runs out of time leaves a series for the next one to begin with: see
    /// [`resume_at`](Self::resume_at).
    pub(super) fn of(
        snapshot: &'s Snapshot,
        gone: &'s Gone,
        first: usize,
        limits: Limits,
        resource: &'s Resource,
        format: Format,
        time: SystemTime,
    ) -> Self {
        let count = all_series(snapshot, gone).count();
        let first = if first < count { first } else { 0 };
        let mut batches = Batches {
            snapshot,
            gone,
            series: Box::new(std::iter::empty()),
            left: None,
            first,
            count,
            done: 0,
            before: 0,
            limits,
            resource,
            format,
            time: nanos(time),
            is_integer: None,
        };
        batches.go_to(0);
        batches
    }

    /// Continues with a series of the push.
    fn go_to(&mut self, series: usize) {
        let all = || all_series(self.snapshot, self.gone);
        let rest = all().skip(self.first).chain(all().take(self.first));
        self.series = Box::new(rest.skip(series));
        self.left = None;
        self.done = series;
    }

    /// Builds the last batch again, with other limits.
    pub(super) fn repeat(&mut self, limits: Limits) {
        self.limits = limits;
        self.go_to(self.before);
    }

    /// Returns the time of the snapshot in nanoseconds since 1970.
    pub(super) const fn time(&self) -> u64 {
        self.time
    }

    /// Returns true if series are left after the last batch.
    pub(super) const fn has_more(&self) -> bool {
        self.done < self.count
    }

    /// Returns the index of the series that the next push begins with, if this one ends before it sent the
    /// last batch.
    pub(super) const fn resume_at(&self) -> usize {
        (self.first + self.before) % if self.count == 0 { 1 } else { self.count }
    }

    /// Builds the next request, without the series in `left_out`. It has no points if nothing changed.
    pub(super) fn next(
        &mut self,
        delivered: &Delivered,
        sent: &Sent,
        left_out: &HashSet<Key>,
    ) -> Option<Batch> {
        let mut building = Building::new(self.resource);
        self.before = self.done;
        while let Some((family, item)) = self.left.take().or_else(|| self.series.next()) {
            let key = (family.id(), item.id());
            let (point, total) = match item {
                Item::Present(series) => self.point(delivered, family, series),
                Item::Gone(_, last) => (Some(self.last_point(family, last)), None),
            };
            let mut point = point.filter(|_| !left_out.contains(&key));
            let is_point = point.is_some();
            if let (Item::Present(series), Some(point)) = (item, &mut point) {
                let is_integer = self.is_integer(family);
                point.set_exemplars(|interval| delivered.exemplars.new_of(key, series, is_integer, interval));
            }
            if !building.add(family, self.format, point, self.limits) {
                self.left = Some((family, item));
                break;
            }
            self.done += 1;
            building.batch.last = if is_point { Some(key) } else { building.batch.last };
            if let (Item::Present(series), true) = (item, is_point) {
                building.batch.exemplars.extend(SeriesExemplars::of(series).map(|sent| (key, sent)));
            }
            match item {
                Item::Gone(..) => building.batch.gone.push(key),
                Item::Present(series) if is_point && Sent::can_end(family) && !sent.has(key) => {
                    let (attributes, start) = (self.attributes(series), nanos(series.start()));
                    building.batch.sent.push((key, LastPoint { attributes, start }));
                }
                Item::Present(_) => {}
            }
            building.batch.totals.extend(total.filter(|(key, _)| !left_out.contains(key)));
            // A request with both the last series and the first could have a family twice.
            if self.first + self.done == self.count && !building.batch.is_empty() {
                break;
            }
        }
        (!building.batch.is_empty()).then_some(building.batch)
    }

    /// Returns the point of a series, unless nothing changed, and its total, which is delivered once the
    /// point is accepted.
    fn point(
        &mut self,
        delivered: &Delivered,
        family: Family<'s>,
        series: Series<'s>,
    ) -> (Option<DataPoint>, Option<(Key, Reading)>) {
        let key = (family.id(), series.id());
        let since = nanos(series.start());
        let is_delta = self.format.is_delta(family);
        let is_integer = self.is_integer(family);
        match series.point() {
            Point::Sum(number) => {
                let Delta { start, change, is_changed } = if is_delta {
                    delivered.sum(key, since, number)
                } else {
                    Delta { start: since, change: number, is_changed: true }
                };
                let point = is_changed.then(|| {
                    let value = value(change, is_integer);
                    DataPoint::Number(self.number(series, start, value))
                });
                (point, self.reading(is_delta, key, start, || Total::Sum(number)))
            }
            Point::Gauge(number) => {
                let value = value(number, is_integer);
                (Some(DataPoint::Number(self.number(series, 0, value))), None)
            }
            Point::Histogram(now) => match now.exponential.filter(|_| self.format.is_exponential(family)) {
                Some(buckets) => {
                    let now = (Exponential::of(&buckets), now.sum);
                    self.exponential_point(delivered, key, series, is_delta, now)
                }
                None => self.histogram_point(delivered, family, series, is_delta, now),
            },
        }
    }

    fn histogram_point(
        &self,
        delivered: &Delivered,
        family: Family<'s>,
        series: Series<'s>,
        is_delta: bool,
        now: HistogramPoint<'_>,
    ) -> (Option<DataPoint>, Option<(Key, Reading)>) {
        let key = (family.id(), series.id());
        let since = nanos(series.start());
        let Delta { start, change: (counts, sum), is_changed } = if is_delta {
            delivered.histogram(key, since, now)
        } else {
            Delta { start: since, change: (now.counts.to_vec(), now.sum), is_changed: true }
        };
        let point =
            is_changed.then(|| DataPoint::Histogram(self.histogram(family, series, start, counts, sum)));
        let total = || Total::Histogram { counts: now.counts.into(), sum: now.sum };
        (point, self.reading(is_delta, key, start, total))
    }

    /// Returns the point of a histogram with exponential buckets, given these and the sum.
    fn exponential_point(
        &self,
        delivered: &Delivered,
        key: Key,
        series: Series<'s>,
        is_delta: bool,
        now: (Exponential, f64),
    ) -> (Option<DataPoint>, Option<(Key, Reading)>) {
        let since = nanos(series.start());
        let Delta { start, change: (buckets, sum), is_changed } = if is_delta {
            delivered.exponential(key, since, &now)
        } else {
            Delta { start: since, change: now.clone(), is_changed: true }
        };
        let point = is_changed.then(|| {
            let attributes = self.attributes(series);
            DataPoint::Exponential(exponential(attributes, (start, self.time.max(start)), buckets, sum))
        });
        let total = || Total::Exponential { buckets: now.0, sum: now.1 };
        (point, self.reading(is_delta, key, start, total))
    }

    fn is_integer(&mut self, family: Family<'s>) -> bool {
        match self.is_integer {
            Some((known, is_integer)) if known == family.id() => is_integer,
            _ => self.is_integer.insert((family.id(), is_integer(family))).1,
        }
    }

    /// Returns the point that says that a series has ended. What other points have is in it, as 0: a point
    /// without a number is not valid, and a histogram ends bucket by bucket.
    fn last_point(&mut self, family: Family<'s>, last: &LastPoint) -> DataPoint {
        let start = match family.kind() {
            Kind::Gauge => 0,
            _ if self.format.is_delta(family) => self.time,
            _ => last.start,
        };
        let time_unix_nano = self.time.max(start);
        let attributes = last.attributes.clone();
        if self.format.is_exponential(family) {
            let point = exponential(attributes, (start, time_unix_nano), Exponential::default(), 0.0);
            return DataPoint::Exponential(ExponentialHistogramDataPoint {
                flags: NO_RECORDED_VALUE,
                ..point
            });
        }
        if family.kind() == Kind::Histogram {
            return DataPoint::Histogram(HistogramDataPoint {
                attributes,
                start_time_unix_nano: start,
                time_unix_nano,
                count: 0,
                sum: (!family.signed()).then_some(0.0),
                bucket_counts: vec![0; family.bounds().len() + 1],
                explicit_bounds: family.bounds().to_vec(),
                exemplars: Vec::new(),
                flags: NO_RECORDED_VALUE,
            });
        }
        DataPoint::Number(NumberDataPoint {
            attributes,
            start_time_unix_nano: start,
            time_unix_nano,
            value: Some(value(Number::U64(0), self.is_integer(family))),
            exemplars: Vec::new(),
            flags: NO_RECORDED_VALUE,
        })
    }

    /// Returns the total of a series whose changes are sent.
    fn reading(
        &self,
        is_delta: bool,
        key: Key,
        start: u64,
        total: impl FnOnce() -> Total,
    ) -> Option<(Key, Reading)> {
        is_delta.then(|| (key, Reading { time: self.time.max(start), total: total() }))
    }

    fn number(&self, series: Series<'s>, start: u64, value: Value) -> NumberDataPoint {
        NumberDataPoint {
            attributes: self.attributes(series),
            start_time_unix_nano: start,
            // The interval never ends before it begins, even if the clock was set back.
            time_unix_nano: self.time.max(start),
            value: Some(value),
            exemplars: Vec::new(),
            flags: 0,
        }
    }

    fn histogram(
        &self,
        family: Family<'s>,
        series: Series<'s>,
        start: u64,
        counts: Vec<u64>,
        sum: f64,
    ) -> HistogramDataPoint {
        HistogramDataPoint {
            attributes: self.attributes(series),
            start_time_unix_nano: start,
            time_unix_nano: self.time.max(start),
            count: HistogramPoint { counts: &counts, sum, exponential: None }.count(),
            sum: (!family.signed()).then_some(sum),
            bucket_counts: counts,
            explicit_bounds: family.bounds().to_vec(),
            exemplars: Vec::new(),
            flags: 0,
        }
    }

    fn attributes(&self, series: Series<'s>) -> Vec<KeyValue> {
        let constant = self.snapshot.constant_labels().iter();
        let constant = constant.map(|(key, value)| attribute(key, value.as_str()));
        constant.chain(series.present_labels().map(|(key, value)| attribute(key, value))).collect()
    }
}

/// Returns a point with exponential buckets. `times` are those of its start and of the snapshot.
fn exponential(
    attributes: Vec<KeyValue>,
    times: (u64, u64),
    buckets: Exponential,
    sum: f64,
) -> ExponentialHistogramDataPoint {
    ExponentialHistogramDataPoint {
        attributes,
        start_time_unix_nano: times.0,
        time_unix_nano: times.1,
        count: buckets.count(),
        sum: Some(sum),
        scale: buckets.scale,
        zero_count: buckets.zero_count,
        positive: Some(buckets.into_buckets()),
        exemplars: Vec::new(),
        flags: 0,
        zero_threshold: 0.0,
    }
}

/// A request that is being built.
struct Building {
    batch: Batch,
    bytes: usize,
    /// The family of the last metric.
    family: Option<FamilyId>,
    surface: Option<&'static Schema>,
}

impl Building {
    fn new(resource: &Resource) -> Self {
        let metrics = ResourceMetrics { resource: Some(resource.clone()), ..ResourceMetrics::default() };
        let request = ExportMetricsServiceRequest { resource_metrics: vec![metrics] };
        let bytes = request.encoded_len();
        Building { batch: Batch { request, ..Batch::default() }, bytes, family: None, surface: None }
    }

    /// Adds a point. Returns false if it does not fit; an empty request has room for any point.
    fn add(&mut self, family: Family<'_>, format: Format, point: Option<DataPoint>, limits: Limits) -> bool {
        let Some(point) = point else { return true };
        let mut bytes = FIELD + point.encoded_len();
        if self.family != Some(family.id()) {
            // An upper bound of the scope and the metric without their points.
            bytes += 2 * (family.help().len() + family.name().len() + family.namespace().len());
            bytes += family.surface().package.len() + family.surface().version.len() + 16 * FIELD;
        }
        let points = self.batch.points;
        if points > 0 && (self.bytes + bytes > limits.bytes || points >= limits.points) {
            return false;
        }
        self.bytes += bytes;
        self.batch.points += 1;
        if let Some(metric) = self.metric(family, format) {
            point.push_to(metric);
        }
        true
    }

    /// Returns the metric of a family, which is the last one of the request.
    fn metric(&mut self, family: Family<'_>, format: Format) -> Option<&mut Metric> {
        let scopes = &mut self.batch.request.resource_metrics.first_mut()?.scope_metrics;
        if self.surface.is_none_or(|surface| !std::ptr::eq(surface, family.surface())) {
            self.surface = Some(family.surface());
            scopes.push(scope(family.surface()));
        }
        let metrics = &mut scopes.last_mut()?.metrics;
        if self.family != Some(family.id()) {
            self.family = Some(family.id());
            metrics.push(metric(family, format));
        }
        metrics.last_mut()
    }
}

fn scope(surface: &Schema) -> ScopeMetrics {
    let scope =
        InstrumentationScope { name: surface.package.to_owned(), version: surface.version.to_owned() };
    ScopeMetrics { scope: Some(scope), ..ScopeMetrics::default() }
}

/// Returns true if every event of a family records integers in it.
fn is_integer(family: Family<'_>) -> bool {
    let events = family.surface().events.iter();
    let mut all =
        events.flat_map(|event| event.instruments.iter().map(move |instrument| (event, instrument)));
    let name = family.instrument().name;
    all.all(|(event, instrument)| instrument.name != name || records_integers(event, instrument))
}

/// Returns true if an event records integers in an instrument.
fn records_integers(event: &EventSchema, instrument: &InstrumentSchema) -> bool {
    match instrument.measure {
        Measure::Calls | Measure::InFlight | Measure::Constant(Number::U64(_) | Number::I64(_)) => true,
        Measure::Constant(_) => false,
        Measure::Value(value) => {
            matches!(event.values[value].representation, Representation::U64 | Representation::I64)
        }
    }
}

/// Converts a number. Integers above the protocol's range are rounded.
fn value(number: Number, is_integer: bool) -> Value {
    match number {
        Number::I64(n) if is_integer => Value::AsInt(n),
        Number::U64(n) if is_integer => {
            i64::try_from(n).map_or(Value::AsDouble(number.as_f64()), Value::AsInt)
        }
        _ => Value::AsDouble(number.as_f64()),
    }
}

#[cfg(test)]
mod tests;
