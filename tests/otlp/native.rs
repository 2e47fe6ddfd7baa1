//! Native histograms: their exponential buckets as independent readers have them, as totals and as changes.

use crate::fake::{Fake, OK, Request, answer};
use crate::receiver::Receiver;
use crate::surface::config;
use opentelemetry_proto::tonic::metrics::v1::{ExponentialHistogramDataPoint, metric};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;
use telemetry::otlp::{Protocol, Temporality};
use telemetry::registry::Instruments;
use telemetry::{Registry, metrics};

const LONG: Duration = Duration::from_secs(30);

#[metrics(namespace = "native", mock(cfg(any())))]
pub trait Metrics {
    /// Sizes.
    #[histogram(unit = bytes, buckets = [10, 1000], native)]
    #[log(off)]
    fn size(&self, #[label(cap = 8)] of: &str, bytes: f64);

    /// Nothing more comes of it.
    #[remove(size)]
    #[log(off)]
    fn gone(&self, of: &str);
}

fn registered() -> (Registry, Instruments<dyn Metrics>) {
    let registry = Registry::builder().keep_removed(Duration::ZERO).build().unwrap();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    (registry, metrics)
}

/// Returns the metric of a request, as the official protobufs read it, without times.
fn read(request: &Value) -> Value {
    assert_eq!(request["unknown"], json!([]));
    let scopes = request["request"]["resourceMetrics"][0]["scopeMetrics"].as_array().unwrap();
    let mut all = scopes.iter().flat_map(|scope| scope["metrics"].as_array().unwrap());
    let mut metric = all.find(|metric| metric["name"] == "native.size").unwrap().clone();
    for data in ["exponentialHistogram", "histogram"] {
        let points = metric.get_mut(data).and_then(|data| data["dataPoints"].as_array_mut());
        for point in points.into_iter().flatten() {
            let point = point.as_object_mut().unwrap();
            point.retain(|field, _| !["attributes", "startTimeUnixNano", "timeUnixNano"].contains(&&**field));
        }
    }
    metric
}

#[test]
fn the_official_protobufs_have_the_buckets() {
    let mut receiver = Receiver::start(&[]);
    let urls = [(Protocol::HttpProtobuf, receiver.http.clone()), (Protocol::Grpc, receiver.grpc.clone())];
    for (protocol, url) in urls {
        let (registry, metrics) = registered();
        for size in [0.0, 1000.0, 1024.0, 1024.0] {
            metrics.size("a", size);
        }
        let guard = config(&url).protocol(protocol).start(&registry).unwrap();
        assert_eq!(guard.shutdown(LONG), Ok(()));
        // 1024 is the upper bound of bucket 10 · 128 - 1, and 1000 is four buckets below.
        let point = json!({
            "count": "4", "sum": 3048.0, "scale": 7, "zeroCount": "1",
            "positive": {"offset": 1275, "bucketCounts": ["1", "0", "0", "0", "2"]},
        });
        let data =
            json!({"dataPoints": [point], "aggregationTemporality": "AGGREGATION_TEMPORALITY_CUMULATIVE"});
        let expected = json!({"name": "native.size", "description": "Sizes.", "unit": "By", "exponentialHistogram": data});
        assert_eq!(read(&receiver.request()), expected);
    }
}

#[test]
fn a_server_that_knows_no_exponential_buckets_gets_the_others() {
    let mut receiver = Receiver::start(&[]);
    let (registry, metrics) = registered();
    for size in [0.0, 20.0, 1024.0, 1024.0] {
        metrics.size("a", size);
    }
    let guard = config(&receiver.http).exponential_histograms(false).start(&registry).unwrap();
    assert_eq!(guard.shutdown(LONG), Ok(()));
    let point = json!({"count": "4", "sum": 2068.0, "bucketCounts": ["1", "1", "2"], "explicitBounds": [10.0, 1000.0]});
    assert_eq!(read(&receiver.request())["histogram"]["dataPoints"], json!([point]));
}

/// Returns the points of a request.
fn points(request: &Request) -> Vec<ExponentialHistogramDataPoint> {
    let scopes = request.message.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    let ours = scopes.flat_map(|scope| &scope.metrics).filter(|metric| metric.name == "native.size");
    let points = ours.flat_map(|metric| match &metric.data {
        Some(metric::Data::ExponentialHistogram(histogram)) => histogram.data_points.clone(),
        other => panic!("{other:?}"),
    });
    points.collect()
}

/// Returns scale, zeros, and the buckets with a count.
fn buckets(point: &ExponentialHistogramDataPoint) -> (i32, u64, BTreeMap<i32, u64>) {
    let positive = point.positive.clone().unwrap();
    for end in [positive.bucket_counts.first(), positive.bucket_counts.last()] {
        assert_ne!(end, Some(&0), "no empty buckets at the ends");
    }
    let counts = (positive.offset..).zip(positive.bucket_counts).filter(|(_, count)| *count != 0);
    let counts: BTreeMap<i32, u64> = counts.collect();
    assert_eq!(point.count, point.zero_count + counts.values().sum::<u64>());
    (point.scale, point.zero_count, counts)
}

#[test]
fn a_change_is_at_the_scale_of_the_new_total() {
    let refusal = answer("400 Bad Request", "", b"no");
    let fake = Fake::start(move |number, stream| {
        stream.write_all(if number == 1 { &refusal } else { OK }).unwrap();
    });
    let (registry, metrics) = registered();
    let guard = config(&fake.url()).temporality(Temporality::Delta).start(&registry).unwrap();
    let push = |is_ok: bool| assert_eq!(guard.flush(LONG).is_ok(), is_ok);
    metrics.size("a", 1.0);
    metrics.size("a", 2.0);
    metrics.size("a", 0.0);
    push(true);
    // It is lost, and part of the next one.
    metrics.size("a", 2.0);
    push(false);
    metrics.size("a", 1024.0);
    metrics.size("a", 0.0);
    push(true);
    // Nothing changes: it has no point.
    push(true);
    metrics.size("a", 1.0);
    push(true);
    let all: Vec<_> = fake.requests().iter().map(points).collect();
    let shown: Vec<_> = all.iter().map(|points| points.iter().map(buckets).collect::<Vec<_>>()).collect();
    let zeros_and =
        |scale, zeros, counts: &[(i32, u64)]| vec![(scale, zeros, counts.iter().copied().collect())];
    assert_eq!(
        shown,
        [
            zeros_and(7, 1, &[(-1, 1), (127, 1)]),
            zeros_and(7, 0, &[(127, 1)]),
            // From 1 to 1024 are 10 factors of 2, of which a window of 160 buckets has 15 with scale 3.
            zeros_and(3, 1, &[(7, 1), (79, 1)]),
            Vec::new(),
            zeros_and(3, 0, &[(-1, 1)]),
        ]
    );
    let sums: Vec<_> = all.iter().flatten().map(|point| point.sum).collect();
    assert_eq!(sums, [Some(3.0), Some(2.0), Some(1026.0), Some(1.0)]);
    let starts: Vec<_> =
        all.iter().flatten().map(|point| (point.start_time_unix_nano, point.time_unix_nano)).collect();
    assert_eq!((starts[2].0, starts[1].0), (starts[0].1, starts[0].1), "since the last one that arrived");
}

#[test]
fn the_end_of_a_series_is_a_point_without_numbers() {
    let fake = Fake::answering(vec![OK]);
    let (registry, metrics) = registered();
    let guard = config(&fake.url()).start(&registry).unwrap();
    metrics.size("a", 1.0);
    metrics.size("b", 1.0);
    guard.flush(LONG).unwrap();
    metrics.gone("a");
    let is_gone = |point: &ExponentialHistogramDataPoint| point.flags == 1;
    // The first reading finds that it is removed.
    let ends = (0..5).flat_map(|_| {
        guard.flush(LONG).unwrap();
        points(fake.requests().last().unwrap()).into_iter().filter(is_gone).collect::<Vec<_>>()
    });
    let ends: Vec<_> = ends.collect();
    assert_eq!(ends.len(), 1, "once");
    assert_eq!((ends[0].count, buckets(&ends[0]).2.len()), (0, 0));
    assert_eq!(ends[0].attributes.last().unwrap().key, "of");
}
