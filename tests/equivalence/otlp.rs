//! What a collector is sent: the last request's points, decoded by the protocol's own types.

use super::fake::{Fake, OK};
use super::readings::{Readings, Total, series};
use super::scenario::INSTRUMENTS;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{NumberDataPoint, metric::Data, number_data_point::Value};
use std::time::Duration;
use telemetry::Registry;
use telemetry::otlp::Config;

const LONG: Duration = Duration::from_mins(1);

/// Pushes once, as the end of an exporter does.
pub fn read(registry: &Registry) -> Readings {
    let fake = Fake::answering(vec![OK]);
    let guard = Config::default().endpoint(fake.url()).interval(LONG).start(registry).unwrap();
    guard.shutdown(LONG).unwrap();
    let requests = fake.requests();
    let scopes = requests
        .iter()
        .flat_map(|request| &request.message.resource_metrics)
        .flat_map(|resource| &resource.scope_metrics);
    let mut readings = Readings::default();
    for metric in scopes.flat_map(|scope| &scope.metrics) {
        let Some((name, _)) = INSTRUMENTS.iter().find(|(_, dotted)| *dotted == metric.name) else { continue };
        let mut put = |attributes: &[KeyValue], total| readings.add(series_of(name, attributes), total);
        match metric.data.as_ref().unwrap() {
            Data::Sum(sum) => {
                sum.data_points.iter().for_each(|point| put(&point.attributes, Total::Sum(number(point))));
            }
            Data::Gauge(gauge) => {
                gauge
                    .data_points
                    .iter()
                    .for_each(|point| put(&point.attributes, Total::Gauge(number(point))));
            }
            Data::Histogram(histogram) => histogram.data_points.iter().for_each(|point| {
                let (count, sum) = (point.count, point.sum.unwrap_or_default());
                put(&point.attributes, Total::Histogram { count, sum });
            }),
            other => panic!("{other:?}"),
        }
    }
    readings
}

/// The protocol has no sum where it could fall.
pub fn expected(mock: Readings) -> Readings {
    mock.without_sum("shop_price_change")
}

fn series_of(name: &'static str, attributes: &[KeyValue]) -> super::readings::Series {
    let text = |attribute: &KeyValue| match &attribute.value {
        Some(AnyValue { value: Some(any_value::Value::StringValue(text)) }) => text.clone(),
        other => panic!("{other:?}"),
    };
    let labels: Vec<_> =
        attributes.iter().map(|attribute| (attribute.key.clone(), text(attribute))).collect();
    series(name, &labels.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect::<Vec<_>>())
}

#[allow(clippy::cast_precision_loss, reason = "below 2⁵³")]
fn number(point: &NumberDataPoint) -> f64 {
    match point.value.unwrap() {
        Value::AsInt(n) => n as f64,
        Value::AsDouble(n) => n,
    }
}
