//! Series and their totals, as a registry has them and as a request has them, in a form that compares.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{HistogramDataPoint, NumberDataPoint};
use std::collections::BTreeMap;
use telemetry::Registry;
use telemetry::registry::Point;
use telemetry::value::Number;

/// A metric's name and its sorted attributes.
pub type Series = (String, Vec<(String, String)>);

#[derive(Clone, Debug)]
pub enum Total {
    Integer(i128),
    Float(f64),
    Histogram { counts: Vec<u64>, sum: Option<f64> },
}

/// Floats are equal up to the rounding of sums, integers exactly.
impl PartialEq for Total {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Total::Integer(a), Total::Integer(b)) => a == b,
            (Total::Float(a), Total::Float(b)) => near(*a, *b),
            (Total::Histogram { counts: a, sum: x }, Total::Histogram { counts: b, sum: y }) => {
                a == b
                    && match (x, y) {
                        (Some(x), Some(y)) => near(*x, *y),
                        (x, y) => x == y,
                    }
            }
            _ => false,
        }
    }
}

fn near(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

/// Those of the surface of these tests.
fn is_ours(name: &str) -> bool {
    name.starts_with("kinds.")
}

/// What a registry holds.
pub fn of_registry(registry: &Registry) -> BTreeMap<Series, Total> {
    const FLOATS: [&str; 5] = ["cost", "busy", "credit", "load", "age"];
    let snapshot = registry.snapshot();
    let mut totals = BTreeMap::new();
    for family in snapshot.families().filter(|family| family.namespace() == "kinds") {
        for series in family.series() {
            let constant = snapshot.constant_labels().iter().cloned();
            let own = series.labels().map(|(key, value)| (key.to_owned(), value.into_owned()));
            let mut labels: Vec<_> = constant.chain(own).collect();
            labels.sort();
            let total = match series.point() {
                Point::Sum(n) | Point::Gauge(n) if FLOATS.contains(&family.name()) => {
                    Total::Float(n.as_f64())
                }
                Point::Sum(Number::U64(n)) | Point::Gauge(Number::U64(n)) if i64::try_from(n).is_err() => {
                    Total::Float(Number::U64(n).as_f64())
                }
                Point::Sum(Number::U64(n)) | Point::Gauge(Number::U64(n)) => Total::Integer(n.into()),
                Point::Sum(Number::I64(n)) | Point::Gauge(Number::I64(n)) => Total::Integer(n.into()),
                Point::Histogram(histogram) => Total::Histogram {
                    counts: histogram.counts.to_vec(),
                    sum: (!family.signed()).then_some(histogram.sum),
                },
                other => panic!("{}: {other:?}", family.name()),
            };
            totals.insert((format!("kinds.{}", family.name()), labels), total);
        }
    }
    totals
}

/// Adds what requests say: totals replace what was there, differences are added to it.
pub fn add(totals: &mut BTreeMap<Series, Total>, request: &ExportMetricsServiceRequest) {
    let scopes = request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    for metric in scopes.flat_map(|scope| &scope.metrics).filter(|metric| is_ours(&metric.name)) {
        let mut put = |attributes: &[KeyValue], temporality: i32, total: Total| {
            let series = (metric.name.clone(), labels(attributes));
            match totals.get_mut(&series) {
                Some(before) if temporality == 1 => *before = sum(before, &total),
                _ => _ = totals.insert(series, total),
            }
        };
        match metric.data.as_ref().unwrap() {
            Data::Sum(sum) => sum
                .data_points
                .iter()
                .for_each(|point| put(&point.attributes, sum.aggregation_temporality, number(point))),
            Data::Gauge(gauge) => {
                gauge.data_points.iter().for_each(|point| put(&point.attributes, 0, number(point)));
            }
            Data::Histogram(of) => of
                .data_points
                .iter()
                .for_each(|point| put(&point.attributes, of.aggregation_temporality, histogram(point))),
            other => panic!("{other:?}"),
        }
    }
}

/// What requests say in all.
pub fn of_requests<'r>(
    requests: impl IntoIterator<Item = &'r ExportMetricsServiceRequest>,
) -> BTreeMap<Series, Total> {
    let mut totals = BTreeMap::new();
    requests.into_iter().for_each(|request| add(&mut totals, request));
    totals
}

fn labels(attributes: &[KeyValue]) -> Vec<(String, String)> {
    let text = |attribute: &KeyValue| match &attribute.value {
        Some(AnyValue { value: Some(any_value::Value::StringValue(text)) }) => text.clone(),
        other => panic!("{other:?}"),
    };
    let mut labels: Vec<_> =
        attributes.iter().map(|attribute| (attribute.key.clone(), text(attribute))).collect();
    labels.sort();
    labels
}

fn number(point: &NumberDataPoint) -> Total {
    assert!(point.start_time_unix_nano <= point.time_unix_nano, "{point:?}");
    match point.value.unwrap() {
        Value::AsInt(n) => Total::Integer(n.into()),
        Value::AsDouble(n) => Total::Float(n),
    }
}

fn histogram(point: &HistogramDataPoint) -> Total {
    assert!(0 < point.start_time_unix_nano && point.start_time_unix_nano <= point.time_unix_nano);
    assert_eq!(point.count, point.bucket_counts.iter().sum::<u64>());
    assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
    Total::Histogram { counts: point.bucket_counts.clone(), sum: point.sum }
}

fn sum(a: &Total, b: &Total) -> Total {
    match (a, b) {
        (Total::Integer(a), Total::Integer(b)) => Total::Integer(a + b),
        (Total::Float(a), Total::Float(b)) => Total::Float(a + b),
        (Total::Histogram { counts: a, sum: x }, Total::Histogram { counts: b, sum: y }) => {
            Total::Histogram {
                counts: a.iter().zip(b).map(|(a, b)| a + b).collect(),
                sum: x.zip(*y).map(|(x, y)| x + y),
            }
        }
        other => panic!("{other:?}"),
    }
}
