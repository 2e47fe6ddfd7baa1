//! Metrics of other crates: each arrives once, with the type that OTLP has for it.

use crate::fake::{Fake, OK, Request};
use crate::half_moved::{alarms, service};
use crate::surface::{config, told};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Text;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use telemetry::Registry;
use telemetry::otlp::Temporality;

const LONG: Duration = Duration::from_secs(30);

/// The points of a request, a line each and sorted: type, name, attributes and value. Those of the exporter
/// and of the registry itself are left out.
fn lines(request: &Request) -> Vec<String> {
    let scopes = request.message.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    let mut lines = Vec::new();
    for metric in scopes.flat_map(|scope| &scope.metrics) {
        let name = &metric.name;
        if name.starts_with("telemetry.") {
            continue;
        }
        let mut line = |of: &str, attributes: &[KeyValue], value: String| {
            lines.push(format!("{of} {name}{{{}}} {value}", labels(attributes)));
        };
        match metric.data.as_ref().unwrap() {
            Data::Sum(sum) => {
                let of = match (sum.is_monotonic, sum.aggregation_temporality) {
                    (true, 2) => "counter",
                    (true, 1) => "delta",
                    _ => "sum",
                };
                sum.data_points.iter().for_each(|point| line(of, &point.attributes, number(point.value)));
            }
            Data::Gauge(gauge) => {
                for point in &gauge.data_points {
                    line("gauge", &point.attributes, number(point.value));
                }
            }
            Data::Histogram(of) => of.data_points.iter().for_each(|point| {
                assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count);
                let (bounds, counts) = (&point.explicit_bounds, &point.bucket_counts);
                line("histogram", &point.attributes, format!("{bounds:?} {counts:?} {:?}", point.sum));
            }),
            Data::Summary(of) => of.data_points.iter().for_each(|point| {
                let quantiles: Vec<_> =
                    point.quantile_values.iter().map(|at| (at.quantile, at.value)).collect();
                line("summary", &point.attributes, format!("{} {} {quantiles:?}", point.count, point.sum));
            }),
            other @ Data::ExponentialHistogram(_) => panic!("{other:?}"),
        }
    }
    lines.sort();
    lines
}

fn labels(attributes: &[KeyValue]) -> String {
    let label = |attribute: &KeyValue| match &attribute.value {
        Some(AnyValue { value: Some(Text::StringValue(text)) }) => format!("{}={text:?}", attribute.key),
        other => panic!("{other:?}"),
    };
    attributes.iter().map(label).collect::<Vec<_>>().join(",")
}

fn number(value: Option<Value>) -> String {
    match value.unwrap() {
        Value::AsInt(n) => n.to_string(),
        Value::AsDouble(n) => n.to_string(),
    }
}

#[test]
fn a_half_moved_service_misses_nothing_and_has_nothing_twice() {
    let (registry, _shop, old) = service();
    let fake = Fake::answering(vec![OK]);
    let guard = config(&fake.url()).start(&registry).unwrap();
    guard.flush(LONG).unwrap();
    old.carts.set(1.0);
    old.payments.with_label_values(&["card \"gold\""]).inc();
    old.delivery.observe(2.0);
    guard.shutdown(LONG).unwrap();
    // The registry's own metrics are in a request before those of other crates.
    let requests = fake.requests();
    let [first, second] =
        [&requests[..2], &requests[2..]].map(|requests| requests.iter().flat_map(lines).collect::<Vec<_>>());
    let ours = [
        "counter shop.orders{channel=\"web\"} 2",
        "gauge shop.stock{} 5",
        "gauge stock_items{} 5",
        "histogram shop.checkout{} [0.5, 1.0] [1, 0, 0] Some(0.25)",
        "histogram shop.search{} [0.5, 1.0] [0, 1, 0] Some(0.75)",
    ];
    let theirs = [
        "counter shop_payments_total{method=\"card \\\"gold\\\"\"} 3",
        "counter shop_returns_total{} 0",
        "gauge shop_carts{} -4.5",
        "histogram shop_delivery_seconds{} [1.0, 2.5] [1, 1, 1] Some(11.5)",
        "summary shop_render_seconds{} 10 6.5 [(0.5, 0.2), (0.99, 0.9)]",
    ];
    assert_eq!(first, [&ours[..], &theirs].concat());
    let theirs = [
        "counter shop_payments_total{method=\"card \\\"gold\\\"\"} 4",
        "counter shop_returns_total{} 0",
        "gauge shop_carts{} 1",
        "histogram shop_delivery_seconds{} [1.0, 2.5] [1, 2, 1] Some(13.5)",
        theirs[4],
    ];
    assert_eq!(second, [&ours[..], &theirs].concat());
    assert_eq!(alarms(&registry), 0);
}

/// A registry with a source whose text the test sets.
fn source(text: &'static str) -> (Registry, Arc<Mutex<&'static str>>) {
    let registry = Registry::new();
    let text = Arc::new(Mutex::new(text));
    let given = text.clone();
    registry.join(move || given.lock().unwrap().to_string());
    (registry, text)
}

#[test]
fn a_type_without_an_equivalent_is_counted_once_and_the_others_are_mapped() {
    let (registry, _) = source(
        "# TYPE build info\nbuild_info{version=\"1\"} 1\n# TYPE up unknown\nup 1\n\
         # TYPE door stateset\ndoor{door=\"open\"} 1\ndoor{door=\"shut\"} 0\n\
         # TYPE wait_seconds gaugehistogram\nwait_seconds_bucket{le=\"+Inf\"} 2\n\
         # TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds Time.\n\
         a_seconds_total 4 # {trace=\"1\"} 2\na_seconds_created 1000\n# TYPE b counter\nb_total 1\n# EOF\n",
    );
    let fake = Fake::answering(vec![OK]);
    let guard = config(&fake.url()).start(&registry).unwrap();
    guard.flush(LONG).unwrap();
    guard.shutdown(LONG).unwrap();
    let request = &fake.requests()[1];
    let expected = [
        "counter a_seconds_total{} 4",
        "counter b_total{} 1",
        "gauge up{} 1",
        "sum build_info{version=\"1\"} 1",
        "sum door{door=\"open\"} 1",
        "sum door{door=\"shut\"} 0",
    ];
    assert_eq!(lines(request), expected);
    let metrics = &request.message.resource_metrics[0].scope_metrics[0].metrics;
    let start = |name: &str| {
        let metric = metrics.iter().find(|metric| metric.name == name).unwrap();
        let Some(Data::Sum(sum)) = &metric.data else { panic!("{metric:?}") };
        (&*metric.unit, &*metric.description, sum.data_points[0].start_time_unix_nano)
    };
    assert_eq!(start("a_seconds_total"), ("s", "Time.", 1_000_000_000_000));
    assert_eq!(start("b_total"), ("", "", 0), "an unknown start is not made up");
    assert_eq!(told(&registry, "export_dropped", "rejected"), 1);
}

#[test]
fn deltas_are_of_what_arrived_and_begin_again_with_the_source() {
    let histogram = "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 3\nh_sum 9\nh_count 3\n";
    let more = "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 5\nh_sum 12\nh_count 5\n";
    let counter = ["a_total 5\n", "a_total 7\n", "a_total 7\n", "a_total 3\n"];
    let texts: Vec<&'static str> = counter
        .iter()
        .zip([histogram, more, more, histogram])
        .map(|(counter, histogram)| &*format!("# TYPE a_total counter\n{counter}{histogram}").leak())
        .collect();
    let (registry, text) = source("");
    let fake = Fake::answering(vec![OK]);
    let guard = config(&fake.url()).temporality(Temporality::Delta).start(&registry).unwrap();
    let mut last = 0;
    let found: Vec<Vec<String>> = texts
        .iter()
        .map(|now| {
            *text.lock().unwrap() = now;
            guard.flush(LONG).unwrap();
            let requests = fake.requests();
            let new = requests[last..].iter().flat_map(lines).collect();
            last = requests.len();
            new
        })
        .collect();
    let expected: [&[&str]; 4] = [
        &["delta a_total{} 5", "histogram h{} [1.0] [1, 2] Some(9.0)"],
        &["delta a_total{} 2", "histogram h{} [1.0] [1, 1] Some(3.0)"],
        &[],
        &["delta a_total{} 3", "histogram h{} [1.0] [1, 2] Some(9.0)"],
    ];
    assert_eq!(found, expected);
}
