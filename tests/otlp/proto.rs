//! Our Protobuf messages against the official ones: each field, encoded by one and decoded by the other, both
//! ways.

use opentelemetry_proto::tonic::collector::metrics::v1 as service;
use opentelemetry_proto::tonic::common::v1 as common;
use opentelemetry_proto::tonic::metrics::v1 as metrics;
use opentelemetry_proto::tonic::resource::v1 as resource;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use prost::Message;
use std::fmt::Debug;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The file of the library itself.
#[path = "../../telemetry/src/otlp/proto.rs"]
mod ours;

/// Encodes with one type and decodes with the other, both ways.
fn assert_same<O, T>(ours: &O, official: &T)
where
    O: Message + Debug + Default + PartialEq,
    T: Message + Debug + Default + PartialEq,
{
    assert_eq!(ours.encode_to_vec(), official.encode_to_vec());
    assert_eq!(&O::decode(&*official.encode_to_vec()).unwrap(), ours);
    assert_eq!(&T::decode(&*ours.encode_to_vec()).unwrap(), official);
}

type Attributes = Vec<(String, Option<String>)>;

/// An arbitrary point: attributes, start, time, and the number of one kind or the other.
type NumberPoint = (Attributes, u64, u64, Option<Result<i64, f64>>);

/// An arbitrary histogram: attributes, start, time, count, sum, counts and bounds.
type HistogramPoint = (Attributes, u64, u64, u64, Option<f64>, Vec<u64>, Vec<f64>);

/// An arbitrary exponential histogram: attributes, times and count, sum, scale and offset, zeros, and counts.
type ExponentialPoint = (Attributes, [u64; 3], Option<f64>, [i32; 2], (u64, f64), Option<Vec<u64>>);

/// An arbitrary summary: attributes, start, time, count, sum and quantiles.
type SummaryPoint = (Attributes, u64, u64, u64, f64, Vec<(f64, f64)>);

#[derive(Clone, Debug)]
enum Points {
    Gauge(Vec<NumberPoint>),
    Sum(Vec<NumberPoint>, i32, bool),
    Histogram(Vec<HistogramPoint>, i32),
    Exponential(Vec<ExponentialPoint>, i32),
    Summary(Vec<SummaryPoint>),
}

fn attributes() -> impl Strategy<Value = Attributes> {
    vec((any::<String>(), option::of(any::<String>())), 0..3)
}

fn number_point() -> impl Strategy<Value = NumberPoint> {
    let number = prop_oneof![any::<i64>().prop_map(Ok), (-1e9..1e9).prop_map(Err)];
    (attributes(), any::<u64>(), any::<u64>(), option::of(number))
}

fn histogram_point() -> impl Strategy<Value = HistogramPoint> {
    let times = (any::<u64>(), any::<u64>(), any::<u64>());
    let buckets = (option::of(-1e9..1e9), vec(any::<u64>(), 0..4), vec(-1e9..1e9, 0..4));
    (attributes(), times, buckets).prop_map(|(attributes, (start, time, count), (sum, counts, bounds))| {
        (attributes, start, time, count, sum, counts, bounds)
    })
}

fn exponential_point() -> impl Strategy<Value = ExponentialPoint> {
    let counts = option::of(vec(any::<u64>(), 0..4));
    let zeros = (any::<u64>(), 0.0..1.0);
    (attributes(), any::<[u64; 3]>(), option::of(-1e9..1e9), any::<[i32; 2]>(), zeros, counts)
}

fn summary_point() -> impl Strategy<Value = SummaryPoint> {
    let quantiles = vec((0.0..=1.0, -1e9..1e9), 0..4);
    (attributes(), any::<u64>(), any::<u64>(), any::<u64>(), -1e9..1e9, quantiles)
}

fn points() -> impl Strategy<Value = Points> {
    let temporality = 0..=2_i32;
    prop_oneof![
        vec(number_point(), 0..3).prop_map(Points::Gauge),
        (vec(number_point(), 0..3), temporality.clone(), any::<bool>())
            .prop_map(|(points, temporality, is_monotonic)| Points::Sum(points, temporality, is_monotonic)),
        (vec(exponential_point(), 0..3), temporality.clone())
            .prop_map(|(points, temporality)| Points::Exponential(points, temporality)),
        (vec(histogram_point(), 0..3), temporality)
            .prop_map(|(points, temporality)| Points::Histogram(points, temporality)),
        vec(summary_point(), 0..3).prop_map(Points::Summary),
    ]
}

fn our_attributes(attributes: &Attributes) -> Vec<ours::KeyValue> {
    let attribute = |(key, value): &(String, Option<String>)| ours::KeyValue {
        key: key.clone(),
        value: value.clone().map(|value| ours::AnyValue { string_value: Some(value) }),
    };
    attributes.iter().map(attribute).collect()
}

fn official_attributes(attributes: &Attributes) -> Vec<common::KeyValue> {
    let attribute = |(key, value): &(String, Option<String>)| common::KeyValue {
        key: key.clone(),
        value: value
            .clone()
            .map(|value| common::AnyValue { value: Some(common::any_value::Value::StringValue(value)) }),
        ..common::KeyValue::default()
    };
    attributes.iter().map(attribute).collect()
}

/// Returns the flags of a point with this start: any of four.
fn flags(start: u64) -> u32 {
    u32::try_from(start % 4).unwrap()
}

/// Returns the exemplars of a point with this start: none, or one whose number is of either type.
fn our_exemplars(start: u64) -> Vec<ours::Exemplar> {
    let value = match start % 3 {
        0 => return Vec::new(),
        1 => ours::ExemplarValue::AsInt(start.cast_signed()),
        _ => ours::ExemplarValue::AsDouble(f64::from(flags(start)) / 3.0),
    };
    let span_id = start.to_be_bytes().to_vec();
    let trace_id = [span_id.clone(), vec![7; 8]].concat();
    vec![ours::Exemplar { time_unix_nano: start, value: Some(value), span_id, trace_id }]
}

fn official_exemplars(start: u64) -> Vec<metrics::Exemplar> {
    let value = |value| match value {
        ours::ExemplarValue::AsInt(n) => metrics::exemplar::Value::AsInt(n),
        ours::ExemplarValue::AsDouble(n) => metrics::exemplar::Value::AsDouble(n),
    };
    let ours = our_exemplars(start).into_iter();
    ours.map(|ours| metrics::Exemplar {
        time_unix_nano: ours.time_unix_nano,
        value: ours.value.map(value),
        span_id: ours.span_id,
        trace_id: ours.trace_id,
        ..metrics::Exemplar::default()
    })
    .collect()
}

fn our_numbers(points: &[NumberPoint]) -> Vec<ours::NumberDataPoint> {
    let point = |(attributes, start, time, number): &NumberPoint| ours::NumberDataPoint {
        attributes: our_attributes(attributes),
        start_time_unix_nano: *start,
        time_unix_nano: *time,
        value: number.map(|number| match number {
            Ok(integer) => ours::Value::AsInt(integer),
            Err(float) => ours::Value::AsDouble(float),
        }),
        exemplars: our_exemplars(*start),
        flags: flags(*start),
    };
    points.iter().map(point).collect()
}

fn official_numbers(points: &[NumberPoint]) -> Vec<metrics::NumberDataPoint> {
    let point = |(attributes, start, time, number): &NumberPoint| metrics::NumberDataPoint {
        attributes: official_attributes(attributes),
        start_time_unix_nano: *start,
        time_unix_nano: *time,
        value: number.map(|number| match number {
            Ok(integer) => metrics::number_data_point::Value::AsInt(integer),
            Err(float) => metrics::number_data_point::Value::AsDouble(float),
        }),
        exemplars: official_exemplars(*start),
        flags: flags(*start),
    };
    points.iter().map(point).collect()
}

fn our_histograms(points: &[HistogramPoint]) -> Vec<ours::HistogramDataPoint> {
    let point =
        |(attributes, start, time, count, sum, counts, bounds): &HistogramPoint| ours::HistogramDataPoint {
            attributes: our_attributes(attributes),
            start_time_unix_nano: *start,
            time_unix_nano: *time,
            count: *count,
            sum: *sum,
            bucket_counts: counts.clone(),
            explicit_bounds: bounds.clone(),
            exemplars: our_exemplars(*start),
            flags: flags(*start),
        };
    points.iter().map(point).collect()
}

fn official_histograms(points: &[HistogramPoint]) -> Vec<metrics::HistogramDataPoint> {
    let point = |(attributes, start, time, count, sum, counts, bounds): &HistogramPoint| {
        metrics::HistogramDataPoint {
            attributes: official_attributes(attributes),
            start_time_unix_nano: *start,
            time_unix_nano: *time,
            count: *count,
            sum: *sum,
            bucket_counts: counts.clone(),
            explicit_bounds: bounds.clone(),
            exemplars: official_exemplars(*start),
            flags: flags(*start),
            ..metrics::HistogramDataPoint::default()
        }
    };
    points.iter().map(point).collect()
}

fn our_exponentials(points: &[ExponentialPoint]) -> Vec<ours::ExponentialHistogramDataPoint> {
    let point =
        |(attributes, [start, time, count], sum, [scale, offset], zeros, counts): &ExponentialPoint| {
            ours::ExponentialHistogramDataPoint {
                attributes: our_attributes(attributes),
                start_time_unix_nano: *start,
                time_unix_nano: *time,
                count: *count,
                sum: *sum,
                scale: *scale,
                zero_count: zeros.0,
                positive: counts
                    .clone()
                    .map(|bucket_counts| ours::Buckets { offset: *offset, bucket_counts }),
                exemplars: our_exemplars(*start),
                flags: flags(*start),
                zero_threshold: zeros.1,
            }
        };
    points.iter().map(point).collect()
}

fn official_exponentials(points: &[ExponentialPoint]) -> Vec<metrics::ExponentialHistogramDataPoint> {
    use metrics::exponential_histogram_data_point::Buckets;
    let point =
        |(attributes, [start, time, count], sum, [scale, offset], zeros, counts): &ExponentialPoint| {
            metrics::ExponentialHistogramDataPoint {
                attributes: official_attributes(attributes),
                start_time_unix_nano: *start,
                time_unix_nano: *time,
                count: *count,
                sum: *sum,
                scale: *scale,
                zero_count: zeros.0,
                positive: counts.clone().map(|bucket_counts| Buckets { offset: *offset, bucket_counts }),
                exemplars: official_exemplars(*start),
                flags: flags(*start),
                zero_threshold: zeros.1,
                ..metrics::ExponentialHistogramDataPoint::default()
            }
        };
    points.iter().map(point).collect()
}

fn our_summaries(points: &[SummaryPoint]) -> Vec<ours::SummaryDataPoint> {
    let quantile =
        |(quantile, value): &(f64, f64)| ours::ValueAtQuantile { quantile: *quantile, value: *value };
    let point = |(attributes, start, time, count, sum, quantiles): &SummaryPoint| ours::SummaryDataPoint {
        attributes: our_attributes(attributes),
        start_time_unix_nano: *start,
        time_unix_nano: *time,
        count: *count,
        sum: *sum,
        quantile_values: quantiles.iter().map(quantile).collect(),
        flags: flags(*start),
    };
    points.iter().map(point).collect()
}

fn official_summaries(points: &[SummaryPoint]) -> Vec<metrics::SummaryDataPoint> {
    use metrics::summary_data_point::ValueAtQuantile;
    let quantile = |(quantile, value): &(f64, f64)| ValueAtQuantile { quantile: *quantile, value: *value };
    let point = |(attributes, start, time, count, sum, quantiles): &SummaryPoint| metrics::SummaryDataPoint {
        attributes: official_attributes(attributes),
        start_time_unix_nano: *start,
        time_unix_nano: *time,
        count: *count,
        sum: *sum,
        quantile_values: quantiles.iter().map(quantile).collect(),
        flags: flags(*start),
    };
    points.iter().map(point).collect()
}

fn our_data(points: &Points) -> ours::Data {
    match points {
        Points::Gauge(points) => ours::Data::Gauge(ours::Gauge { data_points: our_numbers(points) }),
        Points::Sum(points, aggregation_temporality, is_monotonic) => ours::Data::Sum(ours::Sum {
            data_points: our_numbers(points),
            aggregation_temporality: *aggregation_temporality,
            is_monotonic: *is_monotonic,
        }),
        Points::Histogram(points, aggregation_temporality) => ours::Data::Histogram(ours::Histogram {
            data_points: our_histograms(points),
            aggregation_temporality: *aggregation_temporality,
        }),
        Points::Exponential(points, aggregation_temporality) => {
            ours::Data::ExponentialHistogram(ours::ExponentialHistogram {
                data_points: our_exponentials(points),
                aggregation_temporality: *aggregation_temporality,
            })
        }
        Points::Summary(points) => ours::Data::Summary(ours::Summary { data_points: our_summaries(points) }),
    }
}

fn official_data(points: &Points) -> metrics::metric::Data {
    match points {
        Points::Gauge(points) => {
            metrics::metric::Data::Gauge(metrics::Gauge { data_points: official_numbers(points) })
        }
        Points::Sum(points, aggregation_temporality, is_monotonic) => {
            metrics::metric::Data::Sum(metrics::Sum {
                data_points: official_numbers(points),
                aggregation_temporality: *aggregation_temporality,
                is_monotonic: *is_monotonic,
            })
        }
        Points::Histogram(points, aggregation_temporality) => {
            metrics::metric::Data::Histogram(metrics::Histogram {
                data_points: official_histograms(points),
                aggregation_temporality: *aggregation_temporality,
            })
        }
        Points::Exponential(points, aggregation_temporality) => {
            metrics::metric::Data::ExponentialHistogram(metrics::ExponentialHistogram {
                data_points: official_exponentials(points),
                aggregation_temporality: *aggregation_temporality,
            })
        }
        Points::Summary(points) => {
            metrics::metric::Data::Summary(metrics::Summary { data_points: official_summaries(points) })
        }
    }
}

proptest! {
    #[test]
    fn a_request_is_the_official_one(
        sender in attributes(),
        [package, version, name, description, unit] in any::<[String; 5]>(),
        data in vec(points(), 0..3),
    ) {
        let metrics = data.iter().map(|points| ours::Metric {
            name: name.clone(),
            description: description.clone(),
            unit: unit.clone(),
            data: Some(our_data(points)),
        });
        let ours = ours::ExportMetricsServiceRequest {
            resource_metrics: vec![ours::ResourceMetrics {
                resource: Some(ours::Resource { attributes: our_attributes(&sender) }),
                scope_metrics: vec![ours::ScopeMetrics {
                    scope: Some(ours::InstrumentationScope {
                        name: package.clone(),
                        version: version.clone(),
                    }),
                    metrics: metrics.collect(),
                }],
            }],
        };
        let metrics = data.iter().map(|points| metrics::Metric {
            name: name.clone(),
            description: description.clone(),
            unit: unit.clone(),
            data: Some(official_data(points)),
            ..metrics::Metric::default()
        });
        let official = service::ExportMetricsServiceRequest {
            resource_metrics: vec![metrics::ResourceMetrics {
                resource: Some(resource::Resource {
                    attributes: official_attributes(&sender),
                    ..resource::Resource::default()
                }),
                scope_metrics: vec![metrics::ScopeMetrics {
                    scope: Some(common::InstrumentationScope {
                        name: package,
                        version,
                        ..common::InstrumentationScope::default()
                    }),
                    metrics: metrics.collect(),
                    ..metrics::ScopeMetrics::default()
                }],
                ..metrics::ResourceMetrics::default()
            }],
        };
        assert_same(&ours, &official);
    }

    #[test]
    fn a_response_is_the_official_one(rejected_data_points: i64, error_message: String) {
        assert_same(
            &ours::ExportMetricsServiceResponse {
                partial_success: Some(ours::ExportMetricsPartialSuccess {
                    rejected_data_points,
                    error_message: error_message.clone(),
                }),
            },
            &service::ExportMetricsServiceResponse {
                partial_success: Some(service::ExportMetricsPartialSuccess {
                    rejected_data_points,
                    error_message,
                }),
            },
        );
    }

    #[test]
    fn a_status_is_the_official_one(message: String, seconds in 0..1_000_000_000_u32, nanos in 0..1_000_000_000_u32) {
        let details = ErrorDetails::with_retry_info(Some(Duration::new(seconds.into(), nanos)));
        let official = Status::with_error_details(Code::Unavailable, message.clone(), details);
        let official = tonic_types::Status::decode(official.details()).unwrap();
        let delay = ours::Duration { seconds: seconds.into(), nanos: nanos.try_into().unwrap() };
        let value = ours::RetryInfo { retry_delay: Some(delay) }.encode_to_vec();
        let type_url = "type.googleapis.com/google.rpc.RetryInfo".to_owned();
        let ours = ours::Status { code: 14, message, details: vec![ours::Any { type_url, value }] };
        assert_same(&ours, &official);
    }
}

#[test]
fn the_temporalities_are_the_official_ones() {
    for (ours, official) in [
        (ours::AggregationTemporality::Unspecified, metrics::AggregationTemporality::Unspecified),
        (ours::AggregationTemporality::Delta, metrics::AggregationTemporality::Delta),
        (ours::AggregationTemporality::Cumulative, metrics::AggregationTemporality::Cumulative),
    ] {
        assert_eq!(ours as i32, official as i32);
    }
}
