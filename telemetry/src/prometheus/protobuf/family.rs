//! Writes a family of the registry, and caches its labels between scrapes.

use super::{metric, metric_family, metric_type, native, wire};
use crate::prometheus::exemplars::hexadecimal;
use crate::prometheus::lines::first_paragraph;
use crate::registry::{Exemplar, Family, GroupId, HistogramPoint, Point, SeriesGroup, Snapshot};
use crate::schema::{Kind, prometheus_name};
use std::collections::HashMap;
use std::time::SystemTime;

/// The cached parts of a family.
pub(super) struct CachedFamily {
    /// The fields before the series.
    metadata: Vec<u8>,
    groups: HashMap<GroupId, CachedGroup>,
    is_written: bool,
}

/// The cached parts of a group of series.
#[derive(Default)]
struct CachedGroup {
    rows: Vec<u64>,
    /// The fields for the labels of all series, one series after the other.
    labels: Vec<u8>,
    /// The fields for the times at which the series began.
    created: Vec<u8>,
    /// The ends of each series in `labels` and in `created`.
    ends: Vec<[usize; 2]>,
    is_written: bool,
}

/// The fields of `Counter`, `Gauge` and `Untyped`.
pub(super) mod number {
    pub(in super::super) const VALUE: u32 = 1;
    pub(in super::super) const COUNTER_EXEMPLAR: u32 = 2;
    pub(in super::super) const COUNTER_CREATED: u32 = 3;
}

/// The fields of `Histogram`.
pub(super) mod histogram {
    pub(in super::super) const SAMPLE_COUNT: u32 = 1;
    pub(in super::super) const SAMPLE_SUM: u32 = 2;
    pub(in super::super) const BUCKET: u32 = 3;
    pub(in super::super) const CREATED: u32 = 15;
}

/// The fields of `Bucket`.
mod bucket {
    pub(super) const CUMULATIVE_COUNT: u32 = 1;
    pub(super) const UPPER_BOUND: u32 = 2;
    pub(super) const EXEMPLAR: u32 = 3;
}

/// The fields of `Exemplar`.
mod exemplar {
    pub(super) const LABEL: u32 = 1;
    pub(super) const VALUE: u32 = 2;
    pub(super) const TIMESTAMP: u32 = 3;
}

impl CachedFamily {
    /// Creates the cache of a family, without series yet.
    pub(super) fn new(family: Family<'_>) -> Self {
        let names = family.names();
        let mut metadata = Vec::new();
        wire::text(&mut metadata, metric_family::NAME, &names.text_family());
        let help = first_paragraph(family.help());
        if !help.is_empty() {
            wire::text(&mut metadata, metric_family::HELP, &help);
        }
        let of = match family.kind() {
            Kind::Counter => metric_type::COUNTER,
            Kind::Gauge | Kind::UpDownCounter => metric_type::GAUGE,
            Kind::Histogram => metric_type::HISTOGRAM,
        };
        wire::unsigned(&mut metadata, metric_family::TYPE, of);
        if names.has_unit(family.unit()) {
            wire::text(&mut metadata, metric_family::UNIT, family.unit().suffix());
        }
        CachedFamily { metadata, groups: HashMap::new(), is_written: false }
    }

    /// Begins an exposition: the family is not written yet.
    pub(super) fn begin(&mut self) {
        self.is_written = false;
        self.groups.values_mut().for_each(|group| group.is_written = false);
    }

    /// Returns whether the family was written in this exposition.
    pub(super) const fn is_written(&self) -> bool {
        self.is_written
    }

    /// Appends the family's fields.
    pub(super) fn write(
        &mut self,
        snapshot: &Snapshot,
        family: Family<'_>,
        created: bool,
        out: &mut Vec<u8>,
    ) {
        self.is_written = true;
        out.extend_from_slice(&self.metadata);
        // Nobody here knows when a total began that somebody else keeps.
        let created = created && !family.instrument().total;
        for group in family.groups() {
            let cached = self.groups.entry(group.id()).or_default();
            cached.is_written = true;
            if cached.rows != group.rows() {
                cached.renew(snapshot, family.kind(), group, created);
            }
            cached.write(family, group, out);
        }
        self.groups.retain(|_, cached| cached.is_written);
    }
}

impl CachedGroup {
    /// Caches the labels and the starts of the series that are there now.
    ///
    /// A series that was removed and came back has a start of its own. The group then has another id or other
    /// rows.
    fn renew(&mut self, snapshot: &Snapshot, kind: Kind, group: SeriesGroup<'_>, created: bool) {
        self.rows.clear();
        self.rows.extend_from_slice(group.rows());
        self.labels.clear();
        self.created.clear();
        self.ends.clear();
        let field = match kind {
            Kind::Counter => Some(number::COUNTER_CREATED),
            Kind::Histogram => Some(histogram::CREATED),
            Kind::Gauge | Kind::UpDownCounter => None,
        };
        for series in group.series() {
            for (key, value) in snapshot.constant_labels() {
                push_label(&mut self.labels, key, value);
            }
            for (key, value) in series.labels() {
                push_label(&mut self.labels, &prometheus_name(key), &value);
            }
            if let Some(field) = field.filter(|_| created) {
                push_time(&mut self.created, field, series.start());
            }
            self.ends.push([self.labels.len(), self.created.len()]);
        }
    }

    /// Appends the group's series.
    fn write(&self, family: Family<'_>, group: SeriesGroup<'_>, out: &mut Vec<u8>) {
        let mut starts = [0; 2];
        let mut series = self.ends.iter().zip(&self.rows);
        let mut exemplars = group.exemplars();
        group.points(group.words(), |point| {
            let [labels, created] = starts;
            let Some((ends, row)) = series.next() else { return };
            starts = *ends;
            let (own, others) = exemplars.split_at(exemplars.partition_point(|of| of.row() <= *row));
            exemplars = others;
            let labels = &self.labels[labels..starts[0]];
            let created = &self.created[created..starts[1]];
            wire::message(out, metric_family::METRIC, |out| {
                out.extend_from_slice(labels);
                push_point(out, family, point, created, own);
            });
        });
    }
}

fn push_point(
    out: &mut Vec<u8>,
    family: Family<'_>,
    point: Point<'_>,
    created: &[u8],
    exemplars: &[Exemplar],
) {
    match point {
        Point::Sum(value) | Point::Gauge(value) => {
            let field = if family.kind() == Kind::Counter { metric::COUNTER } else { metric::GAUGE };
            wire::message(out, field, |out| {
                wire::double(out, number::VALUE, value.as_f64());
                push_own_exemplar(out, number::COUNTER_EXEMPLAR, exemplars.first());
                out.extend_from_slice(created);
            });
        }
        Point::Histogram(point) => wire::message(out, metric::HISTOGRAM, |out| {
            push_histogram(out, family.bounds(), &point, exemplars);
            out.extend_from_slice(created);
        }),
    }
}

/// Appends the count, the sum and the buckets of a histogram, of which a native one has two kinds.
fn push_histogram(out: &mut Vec<u8>, bounds: &[f64], point: &HistogramPoint<'_>, exemplars: &[Exemplar]) {
    wire::unsigned(out, histogram::SAMPLE_COUNT, point.count());
    wire::double(out, histogram::SAMPLE_SUM, point.sum);
    push_buckets(out, bounds, point.counts, |out, field, bucket| {
        push_own_exemplar(out, field, exemplars.iter().find(|of| of.bucket() == bucket))
    });
    if let Some(exponential) = point.exponential {
        native::push(out, exponential);
    }
}

/// Appends an exemplar of the registry, if there is one. Returns whether there is.
fn push_own_exemplar(out: &mut Vec<u8>, field: u32, exemplar: Option<&Exemplar>) -> bool {
    if let Some(exemplar) = exemplar {
        let trace_id = hexadecimal::<16, 32>(exemplar.trace().trace_id());
        let span_id = hexadecimal::<8, 16>(exemplar.trace().span_id());
        let labels = [("trace_id", &trace_id[..]), ("span_id", &span_id[..])];
        let labels = labels.into_iter().map(|(key, id)| (key, str::from_utf8(id).unwrap_or_default()));
        push_exemplar(out, field, labels, exemplar.value(), Some(exemplar.time()));
    }
    exemplar.is_some()
}

/// Appends the buckets with these bounds, given the count of each bucket alone. `push_exemplar` appends the
/// exemplar of a bucket under a field, if there is one, and says so.
///
/// Readers make the bucket `+Inf` of the count, so it is there for its exemplar alone.
pub(super) fn push_buckets(
    out: &mut Vec<u8>,
    bounds: &[f64],
    counts: &[u64],
    mut push_exemplar: impl FnMut(&mut Vec<u8>, u32, usize) -> bool,
) {
    let mut cumulative = 0_u64;
    for (at, count) in counts.iter().enumerate() {
        cumulative = cumulative.saturating_add(*count);
        let bound = bounds.get(at).copied();
        let start = out.len();
        let mut is_needed = bound.is_some();
        wire::message(out, histogram::BUCKET, |out| {
            wire::unsigned(out, bucket::CUMULATIVE_COUNT, cumulative);
            wire::double(out, bucket::UPPER_BOUND, bound.unwrap_or(f64::INFINITY));
            is_needed |= push_exemplar(out, bucket::EXEMPLAR, at);
        });
        if !is_needed {
            out.truncate(start);
        }
    }
}

/// Appends an exemplar under this field.
pub(super) fn push_exemplar<'a>(
    out: &mut Vec<u8>,
    field: u32,
    labels: impl Iterator<Item = (&'a str, &'a str)>,
    value: f64,
    time: Option<SystemTime>,
) {
    wire::message(out, field, |out| {
        for (key, value) in labels {
            push_pair(out, exemplar::LABEL, key, value);
        }
        wire::double(out, exemplar::VALUE, value);
        if let Some(time) = time {
            push_time(out, exemplar::TIMESTAMP, time);
        }
    });
}

/// Appends a label, unless its value is empty, which is the same to Prometheus as no label.
pub(super) fn push_label(out: &mut Vec<u8>, key: &str, value: &str) {
    if !value.is_empty() {
        push_pair(out, metric::LABEL, key, value);
    }
}

/// Appends a field of the type `LabelPair`.
fn push_pair(out: &mut Vec<u8>, field: u32, key: &str, value: &str) {
    wire::message(out, field, |out| {
        wire::text(out, 1, key);
        wire::text(out, 2, value);
    });
}

/// Appends a field of the type `google.protobuf.Timestamp`. A clock before 1970 counts as 1970.
pub(super) fn push_time(out: &mut Vec<u8>, field: u32, time: SystemTime) {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    wire::message(out, field, |out| {
        wire::unsigned(out, 1, since.as_secs());
        wire::unsigned(out, 2, since.subsec_nanos().into());
    });
}
