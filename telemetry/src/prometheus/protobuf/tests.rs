use super::native;
use crate::prometheus::{Format, Renderer, render};
use crate::registry::ExponentialBuckets;
use crate::registry::Registry;
use crate::{Label, TraceContext, metrics};
use proptest::prelude::*;
use prost::Message;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// The messages of `metrics.proto`, as another library reads them.
#[derive(Clone, PartialEq, Message)]
struct MetricFamily {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(string, optional, tag = "2")]
    help: Option<String>,
    #[prost(int32, optional, tag = "3")]
    r#type: Option<i32>,
    #[prost(message, repeated, tag = "4")]
    metric: Vec<Metric>,
    #[prost(string, optional, tag = "5")]
    unit: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct Metric {
    #[prost(message, repeated, tag = "1")]
    label: Vec<LabelPair>,
    #[prost(message, optional, tag = "2")]
    gauge: Option<Number>,
    #[prost(message, optional, tag = "3")]
    counter: Option<Number>,
    #[prost(message, optional, tag = "4")]
    summary: Option<Summary>,
    #[prost(message, optional, tag = "5")]
    untyped: Option<Number>,
    #[prost(message, optional, tag = "7")]
    histogram: Option<Histogram>,
    #[prost(int64, optional, tag = "6")]
    timestamp_ms: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct LabelPair {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(string, optional, tag = "2")]
    value: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct Number {
    #[prost(double, optional, tag = "1")]
    value: Option<f64>,
    #[prost(message, optional, tag = "2")]
    exemplar: Option<Exemplar>,
    #[prost(message, optional, tag = "3")]
    created_timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
struct Timestamp {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Exemplar {
    #[prost(message, repeated, tag = "1")]
    label: Vec<LabelPair>,
    #[prost(double, optional, tag = "2")]
    value: Option<f64>,
    #[prost(message, optional, tag = "3")]
    timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(uint64, optional, tag = "1")]
    sample_count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    sample_sum: Option<f64>,
    #[prost(message, repeated, tag = "3")]
    quantile: Vec<Quantile>,
    #[prost(message, optional, tag = "4")]
    created_timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
struct Quantile {
    #[prost(double, optional, tag = "1")]
    quantile: Option<f64>,
    #[prost(double, optional, tag = "2")]
    value: Option<f64>,
}

#[derive(Clone, PartialEq, Message)]
struct Histogram {
    #[prost(uint64, optional, tag = "1")]
    sample_count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    sample_sum: Option<f64>,
    #[prost(message, repeated, tag = "3")]
    bucket: Vec<Bucket>,
    #[prost(sint32, optional, tag = "5")]
    schema: Option<i32>,
    #[prost(double, optional, tag = "6")]
    zero_threshold: Option<f64>,
    #[prost(uint64, optional, tag = "7")]
    zero_count: Option<u64>,
    #[prost(message, repeated, tag = "12")]
    positive_span: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "13")]
    positive_delta: Vec<i64>,
    #[prost(message, optional, tag = "15")]
    created_timestamp: Option<Timestamp>,
    #[prost(message, repeated, tag = "16")]
    exemplars: Vec<Exemplar>,
}

#[derive(Clone, PartialEq, Message)]
struct Bucket {
    #[prost(uint64, optional, tag = "1")]
    cumulative_count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    upper_bound: Option<f64>,
    #[prost(message, optional, tag = "3")]
    exemplar: Option<Exemplar>,
}

#[derive(Clone, PartialEq, Message)]
struct BucketSpan {
    #[prost(sint32, optional, tag = "1")]
    offset: Option<i32>,
    #[prost(uint32, optional, tag = "2")]
    length: Option<u32>,
}

fn decoded(mut bytes: &[u8]) -> Vec<MetricFamily> {
    let mut families = Vec::new();
    while !bytes.is_empty() {
        let Ok(family) = MetricFamily::decode_length_delimited(&mut bytes) else {
            unreachable!("not a message: {bytes:?}")
        };
        families.push(family);
    }
    families
}

fn scraped(renderer: &mut Renderer) -> Vec<MetricFamily> {
    let mut body = b"what was there before".to_vec();
    renderer.render_protobuf(&mut body);
    decoded(&body)
}

/// The samples of these families, by their names and labels in the text format.
fn samples(families: &[MetricFamily]) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::new();
    for family in families {
        for metric in &family.metric {
            let labels: Vec<_> = metric
                .label
                .iter()
                .map(|pair| (text(pair.name.as_ref()), text(pair.value.as_ref())))
                .collect();
            let mut add = |suffix: &str, own: Option<(&str, f64)>, value: f64| {
                let own = own.map(|(key, bound)| (key.to_owned(), number(bound)));
                let mut name = format!("{}{suffix}", text(family.name.as_ref()));
                for (key, value) in labels.iter().cloned().chain(own) {
                    let _ = write!(name, ",{key}={value}");
                }
                assert_eq!(all.insert(name, value), None);
            };
            for number in [&metric.counter, &metric.gauge, &metric.untyped].into_iter().flatten() {
                add("", None, number.value.unwrap_or_default());
            }
            if let Some(histogram) = &metric.histogram {
                let count = histogram.sample_count.unwrap_or_default();
                add("_count", None, count as f64);
                add("_sum", None, histogram.sample_sum.unwrap_or_default());
                for bucket in
                    histogram.bucket.iter().filter(|bucket| bucket.upper_bound != Some(f64::INFINITY))
                {
                    let bound = bucket.upper_bound.unwrap_or_default();
                    add("_bucket", Some(("le", bound)), bucket.cumulative_count.unwrap_or_default() as f64);
                }
                add("_bucket", Some(("le", f64::INFINITY)), count as f64);
            }
            if let Some(summary) = &metric.summary {
                add("_count", None, summary.sample_count.unwrap_or_default() as f64);
                add("_sum", None, summary.sample_sum.unwrap_or_default());
                for quantile in &summary.quantile {
                    let own = ("quantile", quantile.quantile.unwrap_or_default());
                    add("", Some(own), quantile.value.unwrap_or_default());
                }
            }
        }
    }
    all
}

fn text(field: Option<&String>) -> String {
    field.cloned().unwrap_or_default()
}

/// A number as a label has it, whatever the spelling of the text was.
fn number(number: f64) -> String {
    format!("{number:?}")
}

/// The samples of a page in the text format.
fn samples_of_text(page: &str) -> BTreeMap<String, f64> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &str| {
        let (series, rest) = line.split_once("} ").or_else(|| line.split_once(' '))?;
        let value = rest.split(' ').next()?;
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let mut out = name.to_owned();
        for label in labels.split("\",").filter(|label| !label.is_empty()) {
            let (key, value) = label.strip_suffix('"').unwrap_or(label).split_once("=\"")?;
            let value = value.replace("\\\"", "\"");
            let value = match key {
                "le" | "quantile" => number(value.parse().ok()?),
                _ => value,
            };
            // An absent label and an empty one are the same.
            if !value.is_empty() {
                let _ = write!(out, ",{key}={value}");
            }
        }
        Some((out, value.parse().ok()?))
    };
    lines.filter_map(sample).collect()
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 200)]
struct Table<'a>(&'a str);

#[metrics(namespace = "app", mock(cfg(any())))]
trait Metrics {
    /// Rows, by
    /// table.
    ///
    /// More.
    #[counter(value = count, unit = bytes)]
    fn rows(&self, table: Table<'_>, count: u64);

    /// Time worked.
    #[histogram(name = "step", buckets = [0.005, 1.0, 1e6])]
    fn worked(&self, table: Table<'_>, took: Duration);

    /// Open connections.
    #[up_down_counter(name = "connections", value = -1)]
    fn closed(&self);

    /// Age of the oldest row.
    #[gauge(name = "lag", unit = seconds)]
    fn set_lag(&self, #[label(none = "")] region: Option<bool>, seconds: f64);

    /// A table is gone.
    #[remove(rows, step)]
    fn dropped(&self, table: Table<'_>);
}

const JOINED: &str = "# TYPE jobs counter\n\
    jobs_total{queue=\"ma\\\"il\"} 3 12.5 # {trace_id=\"abc\"} 0.5 1.5\njobs_created{queue=\"ma\\\"il\"} 5 12.5\n\
    # TYPE took_seconds histogram\n# UNIT took_seconds seconds\n\
    took_seconds_bucket{le=\"0.5\"} 2\ntook_seconds_bucket{le=\"+Inf\"} 3 # {trace_id=\"def\"} 9\n\
    took_seconds_count 3\ntook_seconds_sum 1.5\n\
    # TYPE size summary\nsize{quantile=\"0.5\"} 7\nsize_count 2\nsize_sum 14\n\
    # TYPE build info\nbuild_info{version=\"1\"} 1\n# TYPE other unknown\nother 4\n# EOF\n";

#[test]
fn all_samples_are_those_of_the_text_format() {
    let built = Registry::builder().constant_label("zone", "e\"u").build();
    let registry = built.unwrap_or_default();
    let Ok(metrics) = registry.register::<dyn Metrics>() else { unreachable!("one surface") };
    registry.join(|| JOINED.to_owned());
    let mut renderer = Renderer::new(&registry);
    let mut compare = || {
        let page = samples_of_text(&render(&registry, Format::Text));
        assert!(page.len() > 15);
        assert_eq!(samples(&scraped(&mut renderer)), page);
    };
    compare();
    for round in 0..3_u64 {
        for table in 0..100 * round {
            metrics.rows(Table(&table.to_string()), table);
            metrics.worked(Table(&table.to_string()), Duration::from_millis(table));
        }
        metrics.closed();
        metrics.set_lag(None, 2.5);
        metrics.set_lag(Some(true), -1.0);
        compare();
        metrics.dropped(Table("7"));
        compare();
        compare();
    }
}

#[test]
fn a_family_has_its_type_help_unit_and_start() {
    let registry = Registry::new();
    let Ok(metrics) = registry.register::<dyn Metrics>() else { unreachable!("one surface") };
    metrics.rows(Table("a"), 1);
    metrics.worked(Table("a"), Duration::from_secs(1));
    registry.join(|| JOINED.to_owned());
    let families = scraped(&mut Renderer::new(&registry));
    let family = |name: &str| families.iter().find(|family| family.name.as_deref() == Some(name)).cloned();
    let Some(rows) = family("app_rows_bytes_total") else { unreachable!("{families:?}") };
    assert_eq!(rows.help.as_deref(), Some("Rows, by table."));
    assert_eq!((rows.r#type, rows.unit.as_deref()), (Some(0), Some("bytes")));
    let created = rows.metric[0].counter.as_ref().and_then(|counter| counter.created_timestamp.clone());
    assert!(created.is_some_and(|created| created.seconds > 1_700_000_000));
    let step = family("app_step_seconds").unwrap_or_default();
    assert_eq!((step.r#type, step.unit.as_deref()), (Some(4), Some("seconds")));
    let step = step.metric[0].histogram.clone().unwrap_or_default();
    assert!(step.created_timestamp.is_some() && step.schema.is_none() && step.positive_span.is_empty());
    assert_eq!(family("app_connections").unwrap_or_default().r#type, Some(1));

    let jobs = family("jobs_total").unwrap_or_default();
    assert_eq!((jobs.r#type, jobs.unit), (Some(0), None));
    assert_eq!(jobs.metric[0].timestamp_ms, Some(12_500));
    let counter = jobs.metric[0].counter.clone().unwrap_or_default();
    assert_eq!(counter.created_timestamp.map(|time| time.seconds), Some(5));
    let exemplar = counter.exemplar.unwrap_or_default();
    assert_eq!(
        (exemplar.value, exemplar.timestamp),
        (Some(0.5), Some(Timestamp { seconds: 1, nanos: 500_000_000 }))
    );
    let took = family("took_seconds").unwrap_or_default();
    assert_eq!(took.unit.as_deref(), Some("seconds"));
    let buckets = took.metric[0].histogram.clone().unwrap_or_default().bucket;
    assert_eq!(buckets.len(), 2, "the last one has an exemplar");
    assert_eq!(buckets[1].exemplar.clone().unwrap_or_default().label[0].value.as_deref(), Some("def"));
    let types = ["size", "build_info", "other"].map(|name| family(name).unwrap_or_default().r#type);
    assert_eq!(types, [Some(2), Some(1), Some(3)]);
}

#[test]
fn times_of_creation_can_be_turned_off() {
    let registry = Registry::new();
    let Ok(metrics) = registry.register::<dyn Metrics>() else { unreachable!("one surface") };
    metrics.rows(Table("a"), 1);
    registry.join(|| JOINED.to_owned());
    let mut renderer = Renderer::new(&registry).with_created_samples(false);
    let mut body = Vec::new();
    renderer.render_protobuf(&mut body);
    let text = format!("{:?}", decoded(&body));
    assert!(text.contains("jobs_total") && !text.contains("created_timestamp: Some"), "{text}");
}

#[test]
fn counters_and_buckets_have_exemplars() {
    let trace = || TraceContext::new(7_u128.to_be_bytes(), 0x0102_u64.to_be_bytes());
    let Ok(registry) = Registry::builder().exemplars(trace).build() else { unreachable!() };
    let Ok(metrics) = registry.register::<dyn Metrics>() else { unreachable!("one surface") };
    metrics.rows(Table("a"), 3);
    metrics.worked(Table("a"), Duration::from_millis(500));
    metrics.worked(Table("b"), Duration::from_secs(10_000_000));
    metrics.set_lag(None, 1.0);
    let mut renderer = Renderer::new(&registry);
    for _ in 0..2 {
        let families = scraped(&mut renderer);
        let metric = |name: &str, at: usize| {
            let family = families.iter().find(|family| family.name.as_deref() == Some(name));
            family.map(|family| family.metric[at].clone()).unwrap_or_default()
        };
        let counter = metric("app_rows_bytes_total", 0).counter.unwrap_or_default();
        let exemplar = counter.exemplar.unwrap_or_default();
        assert_eq!(exemplar.value, Some(3.0));
        assert!(exemplar.timestamp.is_some_and(|time| time.seconds > 1_700_000_000));
        let ids: Vec<_> = exemplar.label.iter().map(|pair| text(pair.value.as_ref())).collect();
        assert_eq!(ids, ["00000000000000000000000000000007", "0000000000000102"]);
        let buckets = |at| metric("app_step_seconds", at).histogram.unwrap_or_default().bucket;
        let values = |at| -> Vec<_> {
            let exemplars = buckets(at).into_iter().map(|bucket| bucket.exemplar);
            exemplars.map(|exemplar| exemplar.and_then(|exemplar| exemplar.value)).collect()
        };
        assert_eq!(values(0), [None, Some(0.5), None]);
        assert_eq!(values(1), [None, None, None, Some(1e7)], "the bucket `+Inf`");
        assert_eq!(metric("app_lag_seconds", 0).gauge.unwrap_or_default().exemplar, None);
    }
}

/// The counts by the index of a bucket in Prometheus.
fn read_native(histogram: &Histogram) -> BTreeMap<i64, i64> {
    let mut deltas = histogram.positive_delta.iter();
    let mut index = 0;
    let mut count = 0;
    let mut all = BTreeMap::new();
    for span in &histogram.positive_span {
        index += i64::from(span.offset.unwrap_or_default());
        for _ in 0..span.length.unwrap_or_default() {
            count += deltas.next().copied().unwrap_or_default();
            all.insert(index, count);
            index += 1;
        }
    }
    assert_eq!(deltas.next(), None);
    all
}

fn written(buckets: ExponentialBuckets<'_>) -> Histogram {
    let mut out = Vec::new();
    native::push(&mut out, buckets);
    let histogram = Histogram::decode(out.as_slice());
    histogram.unwrap_or_default()
}

#[metrics(namespace = "app", mock(cfg(any())))]
trait Native {
    /// Time taken.
    #[histogram(buckets = [0.5, 2], native)]
    fn took(&self, seconds: f64);
}

#[test]
fn a_native_histogram_has_both_kinds_of_buckets() {
    let registry = Registry::new();
    let Ok(metrics) = registry.register::<dyn Native>() else { unreachable!("one surface") };
    let mut renderer = Renderer::new(&registry);
    let mut read = || {
        let families = scraped(&mut renderer);
        let family = families.iter().find(|family| family.name.as_deref() == Some("app_took"));
        family.and_then(|family| family.metric[0].histogram.clone()).unwrap_or_default()
    };
    assert_eq!(read().positive_span, [BucketSpan { offset: Some(0), length: Some(0) }]);
    for seconds in [0.0, 1.0, 1.0, 1.01, 2.0] {
        metrics.took(seconds);
    }
    let histogram = read();
    let cumulative: Vec<_> = histogram.bucket.iter().map(|bucket| bucket.cumulative_count).collect();
    assert_eq!(cumulative, [Some(1), Some(5)]);
    assert_eq!((histogram.sample_count, histogram.zero_count), (Some(5), Some(1)));
    assert_eq!((histogram.schema, histogram.zero_threshold), (Some(7), Some(0.0)));
    // Prometheus' bucket 0 ends at 1, and bucket 128 at 2.
    let filled: Vec<_> = read_native(&histogram).into_iter().filter(|(_, count)| *count != 0).collect();
    assert_eq!(filled, [(0, 2), (2, 1), (128, 1)]);
    // At the coarsest scale.
    for seconds in [f64::from_bits(1), f64::MAX] {
        metrics.took(seconds);
    }
    let histogram = read();
    assert_eq!((histogram.schema, histogram.sample_count), (Some(-4), Some(7)));
    assert_eq!(read_native(&histogram).values().sum::<i64>(), 6);
}

#[test]
fn a_native_histogram_without_numbers_is_known_by_its_span() {
    let empty =
        written(ExponentialBuckets { scale: 7, zero_threshold: 0.0, zero_count: 0, offset: 0, counts: &[] });
    assert_eq!((empty.schema, empty.zero_count), (Some(7), Some(0)));
    assert_eq!(empty.positive_span, [BucketSpan { offset: Some(0), length: Some(0) }]);
}

#[test]
fn short_gaps_stay_in_a_span_and_long_ones_end_it() {
    let counts = &[0, 5, 0, 0, 7, 0, 0, 0, 2];
    let histogram =
        written(ExponentialBuckets { scale: -1, zero_threshold: 0.0, zero_count: 3, offset: -4, counts });
    assert_eq!(histogram.zero_count, Some(3));
    // The second bucket has OpenTelemetry's index -3, and here -2.
    let spans =
        [(-2, 4), (3, 1)].map(|(offset, length)| BucketSpan { offset: Some(offset), length: Some(length) });
    assert_eq!(histogram.positive_span, spans);
    assert_eq!(histogram.positive_delta, [5, -5, 0, 7, -5]);
}

proptest! {
    #[test]
    fn every_native_bucket_arrives(
        scale in -4..8,
        offset in -2_000..2_000,
        counts in proptest::collection::vec(prop_oneof![3 => Just(0), 2 => 0..u64::MAX / 4], 0..160),
    ) {
        let buckets = ExponentialBuckets { scale, zero_threshold: 1e-300, zero_count: 1, offset, counts: &counts };
        let read = read_native(&written(buckets));
        let filled = |all: BTreeMap<i64, i64>| -> Vec<(i64, i64)> {
            all.into_iter().filter(|(_, count)| *count != 0).collect()
        };
        let expected = (i64::from(offset) + 1..).zip(counts.iter().map(|count| count.cast_signed()));
        prop_assert_eq!(filled(read), filled(expected.collect()));
    }
}
