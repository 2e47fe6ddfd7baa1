//! Writes the metrics of other crates.

use super::family::{histogram, number, push_buckets, push_exemplar, push_label, push_time};
use super::{metric, metric_family, metric_type, wire};
use crate::prometheus::lines::first_paragraph;
use crate::registry::{ExternalExemplar, ExternalFamily, ExternalKind, ExternalPoint, ExternalSeries};
use std::time::{SystemTime, UNIX_EPOCH};

/// The fields of `Summary`, and the one of its start.
mod summary {
    pub(super) const SAMPLE_COUNT: u32 = 1;
    pub(super) const SAMPLE_SUM: u32 = 2;
    pub(super) const QUANTILE: u32 = 3;
    pub(super) const CREATED: u32 = 4;
}

/// Appends a family. `created` says whether sums have the time at which they began.
pub(in crate::prometheus) fn write(family: &ExternalFamily, created: bool, out: &mut Vec<u8>) {
    wire::delimited(out, |out| {
        wire::text(out, metric_family::NAME, &family.name);
        let help = first_paragraph(&family.description);
        if !help.is_empty() {
            wire::text(out, metric_family::HELP, &help);
        }
        wire::unsigned(out, metric_family::TYPE, type_of(family.kind));
        // Infos and states have no unit.
        if !family.unit.is_empty() && !matches!(family.kind, ExternalKind::Info | ExternalKind::StateSet) {
            wire::text(out, metric_family::UNIT, &family.unit);
        }
        for series in &family.series {
            wire::message(out, metric_family::METRIC, |out| push_series(out, family.kind, series, created));
        }
    });
}

const fn type_of(kind: ExternalKind) -> u64 {
    match kind {
        ExternalKind::Counter => metric_type::COUNTER,
        // Like the text format, this one has neither infos nor states.
        ExternalKind::Gauge | ExternalKind::Info | ExternalKind::StateSet => metric_type::GAUGE,
        ExternalKind::Histogram => metric_type::HISTOGRAM,
        ExternalKind::GaugeHistogram => metric_type::GAUGE_HISTOGRAM,
        ExternalKind::Summary => metric_type::SUMMARY,
        ExternalKind::Unknown => metric_type::UNTYPED,
    }
}

fn push_series(out: &mut Vec<u8>, kind: ExternalKind, series: &ExternalSeries, created: bool) {
    for (key, value) in &series.attributes {
        push_label(out, key, value);
    }
    let start = series.start.filter(|_| created);
    match &series.point {
        ExternalPoint::Number(value) => push_number(out, kind, *value, series.exemplars.first(), start),
        ExternalPoint::Histogram { bounds, bucket_counts, sum } => {
            wire::message(out, metric::HISTOGRAM, |out| {
                let count = bucket_counts.iter().fold(0, |sum: u64, count| sum.saturating_add(*count));
                wire::unsigned(out, histogram::SAMPLE_COUNT, count);
                push_sum(out, histogram::SAMPLE_SUM, *sum);
                push_buckets(out, bounds, bucket_counts, |out, field, bucket| {
                    let exemplar = series.exemplars.iter().find(|exemplar| exemplar.bucket == bucket);
                    push_external_exemplar(out, field, exemplar)
                });
                push_start(out, histogram::CREATED, start);
            });
        }
        ExternalPoint::Summary { quantiles, sum, count } => wire::message(out, metric::SUMMARY, |out| {
            wire::unsigned(out, summary::SAMPLE_COUNT, count.unwrap_or_default());
            push_sum(out, summary::SAMPLE_SUM, *sum);
            for (quantile, value) in quantiles {
                wire::message(out, summary::QUANTILE, |out| {
                    wire::double(out, 1, *quantile);
                    wire::double(out, 2, *value);
                });
            }
            push_start(out, summary::CREATED, start);
        }),
    }
    if let Some(time) = series.time {
        wire::integer(out, metric::TIMESTAMP_MS, millis(time));
    }
}

fn push_number(
    out: &mut Vec<u8>,
    kind: ExternalKind,
    value: f64,
    exemplar: Option<&ExternalExemplar>,
    start: Option<SystemTime>,
) {
    let (field, start) = match kind {
        ExternalKind::Counter => (metric::COUNTER, start),
        ExternalKind::Unknown => (metric::UNTYPED, None),
        _ => (metric::GAUGE, None),
    };
    wire::message(out, field, |out| {
        wire::double(out, number::VALUE, value);
        push_external_exemplar(out, number::COUNTER_EXEMPLAR, exemplar);
        push_start(out, number::COUNTER_CREATED, start);
    });
}

/// Appends an exemplar, if there is one. Returns whether there is.
fn push_external_exemplar(out: &mut Vec<u8>, field: u32, exemplar: Option<&ExternalExemplar>) -> bool {
    if let Some(ExternalExemplar { attributes, value, time, .. }) = exemplar {
        let labels = attributes.iter().map(|(key, value)| (&**key, &**value));
        push_exemplar(out, field, labels, *value, *time);
    }
    exemplar.is_some()
}

/// Appends a sum. A reader takes one that is absent for 0.
fn push_sum(out: &mut Vec<u8>, field: u32, sum: Option<f64>) {
    wire::double(out, field, sum.unwrap_or(f64::NAN));
}

fn push_start(out: &mut Vec<u8>, field: u32, start: Option<SystemTime>) {
    if let Some(start) = start {
        push_time(out, field, start);
    }
}

/// Returns the milliseconds since 1970, negative for an earlier time.
fn millis(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
    }
}
