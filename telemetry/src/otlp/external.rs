//! Puts the metrics of other crates into requests of their own, after those of the registry.

use super::data_point::description;
use super::encode::{Batch, FIELD, Limits};
use super::format::Temporality;
use super::proto::{
    AggregationTemporality, Data, ExportMetricsServiceRequest, Gauge, Histogram, HistogramDataPoint,
    InstrumentationScope, KeyValue, Metric, NumberDataPoint, Resource, ResourceMetrics, ScopeMetrics, Sum,
    Summary, SummaryDataPoint, Value, ValueAtQuantile,
};
use super::resource::attribute;
use super::time::nanos;
use crate::export::{Dropped, Turn};
use crate::registry::{ExternalFamily, ExternalKind, ExternalMetrics, ExternalPoint, ExternalSeries};
use prost::Message;
use std::collections::{HashMap, HashSet};

/// The scope of all external metrics, which declare none.
const SCOPE: &str = "telemetry.external";

/// The most names of families that are remembered as told.
const TOLD_MAX: usize = 1_000;

/// A series: its metric's name and its attributes.
pub(super) type Key = (String, Vec<(String, String)>);

/// The state of sending external metrics, kept from one push to the next.
#[derive(Debug, Default)]
pub(super) struct External {
    /// The totals that the server has, of the series whose changes are sent.
    delivered: HashMap<Key, Reading>,
    /// The time of the last reading that arrived as a whole, in nanoseconds since 1970.
    complete: u64,
    /// Series that the server rejects as too large on their own.
    pub left_out: HashSet<Key>,
    /// The families that OTLP has nothing like, which were counted and logged.
    told: HashSet<String>,
}

/// A delivered total, and the time of its reading.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    time: u64,
    point: ExternalPoint,
}

/// A position in a reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    family: usize,
    series: usize,
}

/// One request, and what is delivered once it is accepted.
pub(super) struct Part {
    pub batch: Batch,
    totals: Vec<(Key, Reading)>,
    /// The last series of the request.
    pub last: Option<Key>,
    /// The position after its last series.
    pub end: Position,
}

/// The part that all requests of a push have in common.
#[derive(Clone, Copy)]
pub(super) struct Common<'a> {
    pub metrics: &'a ExternalMetrics,
    pub resource: &'a Resource,
    pub temporality: Temporality,
    /// The time of the reading, in nanoseconds since 1970.
    pub time: u64,
}

impl External {
    /// Counts and names the families that OTLP has nothing like, each once, and forgets the series that are
    /// gone.
    pub(super) fn update(&mut self, turn: &Turn<'_>, metrics: &ExternalMetrics) {
        for family in metrics.families.iter().filter(|family| !is_supported(family)) {
            if self.told.len() < TOLD_MAX && self.told.insert(family.name.clone()) {
                turn.report.dropped(Dropped::Rejected, family.series.len() as u64);
                let name = &*family.name;
                tracing::warn!(target: "telemetry", name, "OTLP has no gauge histogram: a joined metric is not sent");
            }
        }
        if metrics.is_complete && !(self.delivered.is_empty() && self.left_out.is_empty()) {
            let all = metrics.families.iter();
            let all = all.flat_map(|family| family.series.iter().map(move |series| key(family, series)));
            let present: HashSet<Key> = all.collect();
            self.delivered.retain(|key, _| present.contains(key));
            self.left_out.retain(|key| present.contains(key));
        }
    }

    /// Remembers what has arrived.
    pub(super) fn arrived(&mut self, part: &mut Part) {
        self.delivered.extend(part.totals.drain(..));
    }

    /// Remembers that a whole reading has arrived.
    pub(super) const fn complete(&mut self, time: u64) {
        self.complete = time;
    }

    /// Builds the next request. Returns `None` if no series is left that has news.
    pub(super) fn next(&self, from: Position, limits: Limits, common: Common<'_>) -> Option<Part> {
        let mut part = Part { batch: empty(common.resource), totals: Vec::new(), last: None, end: from };
        let mut bytes = part.batch.request.encoded_len() + SCOPE.len() + 4 * FIELD;
        let mut metrics: Vec<Metric> = Vec::new();
        let families = common.metrics.families.iter().enumerate().skip(from.family);
        for (at, family) in families.filter(|(_, family)| is_supported(family)) {
            let first = if at == from.family { from.series } else { 0 };
            let mut is_begun = false;
            for (index, series) in family.series.iter().enumerate().skip(first) {
                let end = Position { family: at, series: index + 1 };
                let key = key(family, series);
                let news = if self.left_out.contains(&key) {
                    None
                } else {
                    self.point(&key, series, common, family)
                };
                let Some((point, total)) = news else {
                    part.end = end;
                    continue;
                };
                let mut more = FIELD + point.encoded_len();
                if !is_begun {
                    more += family.name.len() + family.description.len() + family.unit.len() + 8 * FIELD;
                }
                let is_full = bytes + more > limits.bytes || part.batch.points >= limits.points;
                if part.batch.points > 0 && is_full {
                    return Some(finish(part, metrics));
                }
                if !std::mem::replace(&mut is_begun, true) {
                    metrics.push(metric(family, common.temporality));
                }
                bytes += more;
                point.push_to(metrics.last_mut());
                part.batch.points += 1;
                part.totals.extend(total.map(|total| (key.clone(), total)));
                part.last = Some(key);
                part.end = end;
            }
        }
        (part.batch.points > 0).then(|| finish(part, metrics))
    }

    /// Returns the point of a series, and its total if its changes are sent. Returns `None` if nothing
    /// changed.
    fn point(
        &self,
        key: &Key,
        series: &ExternalSeries,
        common: Common<'_>,
        family: &ExternalFamily,
    ) -> Option<(DataPoint, Option<Reading>)> {
        let attributes: Vec<KeyValue> =
            series.attributes.iter().map(|(key, value)| attribute(key, value.as_str())).collect();
        // 0 means unknown.
        let created = if is_sum(family.kind) { series.start.map_or(0, nanos) } else { 0 };
        if !is_delta(common.temporality, family.kind) {
            return Some((data_point(&series.point, attributes, created, common.time), None));
        }
        let before = self.delivered.get(key);
        let change =
            before.map_or_else(|| Some(series.point.clone()), |before| change(&series.point, &before.point));
        let start = before.map_or(created.max(self.complete), |before| before.time);
        let point = change.map(|change| data_point(&change, attributes, start, common.time.max(start)))?;
        Some((point, Some(Reading { time: common.time.max(start), point: series.point.clone() })))
    }
}

fn key(family: &ExternalFamily, series: &ExternalSeries) -> Key {
    let mut attributes = series.attributes.clone();
    attributes.sort_unstable();
    (family.name.clone(), attributes)
}

fn is_supported(family: &ExternalFamily) -> bool {
    family.kind != ExternalKind::GaugeHistogram
}

/// Returns true for a kind that counts from a time.
const fn is_sum(kind: ExternalKind) -> bool {
    matches!(kind, ExternalKind::Counter | ExternalKind::Histogram | ExternalKind::Summary)
}

/// Returns true if changes are sent instead of totals. External sums are asynchronous, so `lowmemory` means
/// totals. A summary has no temporality.
fn is_delta(temporality: Temporality, kind: ExternalKind) -> bool {
    temporality == Temporality::Delta && matches!(kind, ExternalKind::Counter | ExternalKind::Histogram)
}

/// Returns the change of a sum since its last delivery: all of it if the sum fell, since it then began again.
/// Returns `None` if it is unchanged.
fn change(now: &ExternalPoint, before: &ExternalPoint) -> Option<ExternalPoint> {
    if now == before {
        return None;
    }
    let change = match (now, before) {
        (ExternalPoint::Number(now), ExternalPoint::Number(before)) if now >= before => {
            ExternalPoint::Number(now - before)
        }
        (
            ExternalPoint::Histogram { bounds, bucket_counts, sum },
            ExternalPoint::Histogram { bounds: earlier, bucket_counts: counts, sum: total },
        ) if bounds == earlier && bucket_counts.iter().zip(counts).all(|(now, before)| now >= before) => {
            let bucket_counts = bucket_counts.iter().zip(counts).map(|(now, before)| now - before).collect();
            let sum = sum.zip(*total).map(|(now, before)| (now - before).max(0.0));
            ExternalPoint::Histogram { bounds: bounds.clone(), bucket_counts, sum }
        }
        (now, _) => now.clone(),
    };
    Some(change)
}

/// A point of one of the types of external metrics.
enum DataPoint {
    Number(NumberDataPoint),
    Histogram(HistogramDataPoint),
    Summary(SummaryDataPoint),
}

fn data_point(point: &ExternalPoint, attributes: Vec<KeyValue>, start: u64, time: u64) -> DataPoint {
    match point {
        ExternalPoint::Number(number) => DataPoint::Number(NumberDataPoint {
            attributes,
            start_time_unix_nano: start,
            time_unix_nano: time,
            value: Some(Value::AsDouble(*number)),
            exemplars: Vec::new(),
            flags: 0,
        }),
        ExternalPoint::Histogram { bounds, bucket_counts, sum } => {
            let is_signed = bounds.iter().any(|bound| *bound < 0.0);
            DataPoint::Histogram(HistogramDataPoint {
                attributes,
                start_time_unix_nano: start,
                time_unix_nano: time,
                count: bucket_counts.iter().fold(0, |all, count| all.saturating_add(*count)),
                // As of the registry's own: a sum that can fall is left out.
                sum: sum.filter(|sum| *sum >= 0.0 && !is_signed),
                bucket_counts: bucket_counts.clone(),
                explicit_bounds: bounds.clone(),
                exemplars: Vec::new(),
                flags: 0,
            })
        }
        ExternalPoint::Summary { quantiles, sum, count } => {
            let quantiles = quantiles
                .iter()
                .map(|(quantile, value)| ValueAtQuantile { quantile: *quantile, value: *value });
            DataPoint::Summary(SummaryDataPoint {
                attributes,
                start_time_unix_nano: start,
                time_unix_nano: time,
                count: count.unwrap_or_default(),
                sum: sum.unwrap_or_default(),
                quantile_values: quantiles.collect(),
                flags: 0,
            })
        }
    }
}

impl DataPoint {
    fn encoded_len(&self) -> usize {
        match self {
            DataPoint::Number(point) => point.encoded_len(),
            DataPoint::Histogram(point) => point.encoded_len(),
            DataPoint::Summary(point) => point.encoded_len(),
        }
    }

    /// Adds the point to a metric of the same kind.
    fn push_to(self, metric: Option<&mut Metric>) {
        match (self, metric.and_then(|metric| metric.data.as_mut())) {
            (DataPoint::Number(point), Some(Data::Sum(sum))) => sum.data_points.push(point),
            (DataPoint::Number(point), Some(Data::Gauge(gauge))) => gauge.data_points.push(point),
            (DataPoint::Histogram(point), Some(Data::Histogram(of))) => of.data_points.push(point),
            (DataPoint::Summary(point), Some(Data::Summary(of))) => of.data_points.push(point),
            _ => debug_assert!(false, "the points of a family are of its kind"),
        }
    }
}

/// Returns a metric without points, as the [compatibility] specification maps the types.
///
/// [compatibility]: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
fn metric(family: &ExternalFamily, temporality: Temporality) -> Metric {
    let temporality = if is_delta(temporality, family.kind) {
        AggregationTemporality::Delta
    } else {
        AggregationTemporality::Cumulative
    };
    let aggregation_temporality = temporality as i32;
    let sum = |is_monotonic| Sum { aggregation_temporality, is_monotonic, ..Sum::default() };
    let data = match family.kind {
        ExternalKind::Counter => Data::Sum(sum(true)),
        ExternalKind::Info | ExternalKind::StateSet => Data::Sum(sum(false)),
        ExternalKind::Gauge | ExternalKind::Unknown => Data::Gauge(Gauge::default()),
        ExternalKind::Histogram | ExternalKind::GaugeHistogram => {
            Data::Histogram(Histogram { aggregation_temporality, ..Histogram::default() })
        }
        ExternalKind::Summary => Data::Summary(Summary::default()),
    };
    Metric {
        name: family.name.clone(),
        description: description(&family.description),
        unit: ucum(&family.unit).to_owned(),
        data: Some(data),
    }
}

/// Returns the UCUM code of a unit of OpenMetrics; one that has no code stays as it is.
fn ucum(unit: &str) -> &str {
    match unit {
        "seconds" => "s",
        "milliseconds" => "ms",
        "bytes" => "By",
        "ratio" => "1",
        "percent" => "%",
        "meters" => "m",
        "grams" => "g",
        "joules" => "J",
        "volts" => "V",
        "amperes" => "A",
        "celsius" => "Cel",
        unit => unit,
    }
}

fn empty(resource: &Resource) -> Batch {
    let metrics = ResourceMetrics { resource: Some(resource.clone()), ..ResourceMetrics::default() };
    let request = ExportMetricsServiceRequest { resource_metrics: vec![metrics] };
    Batch { request, ..Batch::default() }
}

fn finish(mut part: Part, metrics: Vec<Metric>) -> Part {
    let scope = InstrumentationScope { name: SCOPE.to_owned(), version: String::new() };
    if let Some(resource) = part.batch.request.resource_metrics.first_mut() {
        resource.scope_metrics.push(ScopeMetrics { scope: Some(scope), metrics });
    }
    part
}
