//! The public form of external families, for exporters that do not write Prometheus' formats.

use super::family::{Family, Kind, Sample};
use super::line::{self, Label};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The metrics of other crates at one time; see
/// [`Registry::external_metrics`](crate::Registry::external_metrics).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ExternalMetrics {
    /// The families in the order of the sources.
    pub families: Vec<ExternalFamily>,
    /// False if a source or a family was left out that may be back in the next reading. A family that has
    /// moved to a surface is not missing.
    pub is_complete: bool,
}

/// A metric of another crate and its series: one that the registry does not have itself.
///
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExternalFamily {
    /// The index of the source, in the order of [`Registry::join`](crate::Registry::join).
    pub source: usize,
    /// The metric's name in Prometheus, with the `_total` of a counter and the `_info` of an info.
    pub name: String,
    /// The help text.
    pub description: String,
    /// The unit as OpenMetrics states it, such as `seconds`; empty in the text format.
    pub unit: String,
    /// The type.
    pub kind: ExternalKind,
    /// The series in the order of the source.
    pub series: Vec<ExternalSeries>,
}

/// The type of an external metric, by the names of OpenMetrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExternalKind {
    /// A sum that falls only when it begins again.
    Counter,
    /// A value that can fall.
    Gauge,
    /// Buckets that rise.
    Histogram,
    /// Buckets that can fall.
    GaugeHistogram,
    /// Quantiles, and a sum and a count that rise.
    Summary,
    /// Attributes, with the value 1.
    Info,
    /// States, each 1 or 0.
    StateSet,
    /// A value of an unknown type.
    Unknown,
}

/// A series of an external metric.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExternalSeries {
    /// The labels in the order of the source. Constant labels of the registry are not added.
    pub attributes: Vec<(String, String)>,
    /// The time from which a sum counts: the sample `_created`. `None` if the source does not tell it.
    pub start: Option<SystemTime>,
    /// The time that the source gives the value, which Prometheus alone takes. `None` stands for the time of
    /// the reading.
    pub time: Option<SystemTime>,
    /// The value.
    pub point: ExternalPoint,
    /// The exemplars of a counter or of the buckets of a histogram. Prometheus alone takes them.
    pub exemplars: Vec<ExternalExemplar>,
}

/// A single value that a sum or a bucket has counted, with its trace.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExternalExemplar {
    /// The index of its bucket; 0 for a counter.
    pub bucket: usize,
    /// The attributes, such as `trace_id`.
    pub attributes: Vec<(String, String)>,
    /// The value.
    pub value: f64,
    /// The time of the value, if the source has it.
    pub time: Option<SystemTime>,
}

/// The value of an external series.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ExternalPoint {
    /// Of a counter, a gauge, an info, a state or an unknown type.
    Number(f64),
    /// Of a histogram or a gauge histogram.
    Histogram {
        /// The upper bounds without infinity, in their order.
        bounds: Vec<f64>,
        /// The number of values in each bucket alone; one more than there are bounds.
        bucket_counts: Vec<u64>,
        /// The sum of the values, if the source has it.
        sum: Option<f64>,
    },
    /// Of a summary.
    Summary {
        /// The quantiles from 0 to 1, and their values.
        quantiles: Vec<(f64, f64)>,
        /// The sum of the values, if the source has it.
        sum: Option<f64>,
        /// The number of values, if the source has it.
        count: Option<u64>,
    },
}

impl ExternalFamily {
    /// Converts a checked family.
    pub(crate) fn of(source: usize, family: &Family<'_>) -> Self {
        let (kind, suffix) = match family.kind {
            Kind::Counter => (ExternalKind::Counter, "_total"),
            Kind::BareCounter => (ExternalKind::Counter, ""),
            Kind::Gauge => (ExternalKind::Gauge, ""),
            Kind::Histogram => (ExternalKind::Histogram, ""),
            Kind::GaugeHistogram => (ExternalKind::GaugeHistogram, ""),
            Kind::Summary => (ExternalKind::Summary, ""),
            Kind::Info => (ExternalKind::Info, "_info"),
            Kind::StateSet => (ExternalKind::StateSet, ""),
            Kind::Unknown => (ExternalKind::Unknown, ""),
        };
        ExternalFamily {
            source,
            name: format!("{}{suffix}", family.name),
            description: family.help.clone().unwrap_or_default(),
            unit: family.unit.to_owned(),
            kind,
            series: series(family),
        }
    }
}

/// Returns the series of a family. Samples of one series are neighbours, except that an info and the states
/// of a set are series of their own.
fn series(family: &Family<'_>) -> Vec<ExternalSeries> {
    let is_own = matches!(family.kind, Kind::Info | Kind::StateSet);
    let chunks = family.samples.chunk_by(|a, b| !is_own && a.series == b.series);
    chunks.filter_map(|samples| one_series(family.kind, samples)).collect()
}

/// Returns a series. Returns `None` if it has nothing but the time at which it was created.
fn one_series(kind: Kind, samples: &[Sample<'_>]) -> Option<ExternalSeries> {
    let first = samples.iter().find(|sample| sample.suffix != "_created")?;
    let own = kind.needs(first.suffix);
    let attributes = first.labels.iter().filter(|label| own != Some(label.name)).map(attribute).collect();
    let start = number_of(samples, "_created").and_then(time);
    let time = first.timestamp.and_then(|timestamp| moment(timestamp.millis));
    let point = match kind {
        Kind::Histogram => histogram(samples, "_sum"),
        Kind::GaugeHistogram => histogram(samples, "_gsum"),
        Kind::Summary => ExternalPoint::Summary {
            quantiles: samples.iter().filter_map(quantile).collect(),
            sum: number_of(samples, "_sum"),
            count: number_of(samples, "_count").map(whole),
        },
        _ => ExternalPoint::Number(first.number()),
    };
    Some(ExternalSeries { attributes, start, time, point, exemplars: exemplars(samples) })
}

fn histogram(samples: &[Sample<'_>], sum: &str) -> ExternalPoint {
    let buckets = samples.iter().filter_map(|sample| Some((sample.bound?, whole(sample.number()))));
    let mut bounds = Vec::new();
    let mut bucket_counts = Vec::new();
    let mut before = 0;
    for (bound, count) in buckets {
        // The last one is infinite, which the check has seen.
        if bound.is_finite() {
            bounds.push(bound);
        }
        bucket_counts.push(count.saturating_sub(before));
        before = count;
    }
    debug_assert_eq!(bucket_counts.len(), bounds.len() + 1, "one bucket is infinite");
    ExternalPoint::Histogram { bounds, bucket_counts, sum: number_of(samples, sum) }
}

/// Returns the exemplars of a series. Those of a histogram stand in the order of their buckets.
fn exemplars(samples: &[Sample<'_>]) -> Vec<ExternalExemplar> {
    let samples = samples.iter().filter(|sample| matches!(sample.suffix, "_total" | "_bucket"));
    let texts = samples.enumerate().filter_map(|(bucket, sample)| Some((bucket, sample.exemplar?)));
    texts.filter_map(|(bucket, text)| exemplar(bucket, text)).collect()
}

fn exemplar(bucket: usize, text: &str) -> Option<ExternalExemplar> {
    let parts = line::exemplar(text)?;
    Some(ExternalExemplar {
        bucket,
        attributes: parts.labels.iter().map(attribute).collect(),
        value: parts.value.parse().ok()?,
        time: parts.timestamp.and_then(|timestamp| moment(timestamp.millis)),
    })
}

fn quantile(sample: &Sample<'_>) -> Option<(f64, f64)> {
    Some((sample.label("quantile")?.parse().ok()?, sample.number()))
}

fn number_of(samples: &[Sample<'_>], suffix: &str) -> Option<f64> {
    samples.iter().find(|sample| sample.suffix == suffix).map(Sample::number)
}

/// Converts a count, which the check has seen to be whole.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, from 0, and saturates")]
fn whole(count: f64) -> u64 {
    count as u64
}

/// Converts seconds since 1970. Returns `None` for a time that cannot be one.
fn time(seconds: f64) -> Option<SystemTime> {
    let since = Duration::try_from_secs_f64(seconds).ok().filter(|since| !since.is_zero())?;
    UNIX_EPOCH.checked_add(since)
}

/// Converts milliseconds since 1970, which are negative before it.
fn moment(millis: i64) -> Option<SystemTime> {
    let distance = Duration::from_millis(millis.unsigned_abs());
    if millis < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
}

fn attribute(label: &Label<'_>) -> (String, String) {
    (label.name.to_owned(), unescaped(label.value))
}

/// Removes the escapes of a label's value, which the parser has checked.
fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.extend(chars.next().map(|c| if c == 'n' { '\n' } else { c })),
            c => text.push(c),
        }
    }
    text
}
