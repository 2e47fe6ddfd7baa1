//! The points of a metric, and the metric without them.

use super::format::Format;
use super::proto::{
    AggregationTemporality, Data, Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge,
    Histogram, HistogramDataPoint, Metric, NumberDataPoint, Sum,
};
use crate::registry::Family;
use crate::schema::{Kind, Unit};
use prost::Message;

/// A point of any type.
pub(super) enum DataPoint {
    Number(NumberDataPoint),
    Histogram(HistogramDataPoint),
    Exponential(ExponentialHistogramDataPoint),
}

impl DataPoint {
    /// Adds exemplars, given the point's interval.
    pub(super) fn set_exemplars(&mut self, new: impl FnOnce([u64; 2]) -> Vec<Exemplar>) {
        match self {
            DataPoint::Number(point) => {
                point.exemplars = new([point.start_time_unix_nano, point.time_unix_nano]);
            }
            DataPoint::Exponential(point) => {
                point.exemplars = new([point.start_time_unix_nano, point.time_unix_nano]);
            }
            DataPoint::Histogram(point) => {
                point.exemplars = new([point.start_time_unix_nano, point.time_unix_nano]);
            }
        }
    }

    pub(super) fn encoded_len(&self) -> usize {
        match self {
            DataPoint::Number(point) => point.encoded_len(),
            DataPoint::Histogram(point) => point.encoded_len(),
            DataPoint::Exponential(point) => point.encoded_len(),
        }
    }

    /// Adds the point to a metric of the same kind.
    pub(super) fn push_to(self, metric: &mut Metric) {
        match (self, &mut metric.data) {
            (DataPoint::Number(point), Some(Data::Sum(sum))) => sum.data_points.push(point),
            (DataPoint::Number(point), Some(Data::Gauge(gauge))) => gauge.data_points.push(point),
            (DataPoint::Histogram(point), Some(Data::Histogram(histogram))) => {
                histogram.data_points.push(point);
            }
            (DataPoint::Exponential(point), Some(Data::ExponentialHistogram(histogram))) => {
                histogram.data_points.push(point);
            }
            _ => debug_assert!(false, "the points of a family are of its kind"),
        }
    }
}

/// Returns a metric without points.
pub(super) fn metric(family: Family<'_>, format: Format) -> Metric {
    let temporality = if format.is_delta(family) {
        AggregationTemporality::Delta
    } else {
        AggregationTemporality::Cumulative
    };
    let aggregation_temporality = temporality as i32;
    let sum = |is_monotonic| Sum { aggregation_temporality, is_monotonic, ..Sum::default() };
    let data = match family.kind() {
        Kind::Counter => Data::Sum(sum(true)),
        Kind::UpDownCounter => Data::Sum(sum(false)),
        Kind::Gauge => Data::Gauge(Gauge::default()),
        Kind::Histogram if format.is_exponential(family) => {
            Data::ExponentialHistogram(ExponentialHistogram {
                aggregation_temporality,
                ..ExponentialHistogram::default()
            })
        }
        Kind::Histogram => Data::Histogram(Histogram { aggregation_temporality, ..Histogram::default() }),
    };
    Metric {
        name: family.names().dotted,
        description: description(family.help()),
        unit: unit(family.unit()).to_owned(),
        data: Some(data),
    }
}

/// Returns the first paragraph on one line.
pub(super) fn description(help: &str) -> String {
    let lines = help.lines().map(str::trim).skip_while(|line| line.is_empty());
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Returns the code of a unit, or an empty string. The code `1` is for ratios: readers that make Prometheus
/// names add `_ratio` to a gauge that has it.
const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::None => "",
        unit => unit.ucum(),
    }
}
