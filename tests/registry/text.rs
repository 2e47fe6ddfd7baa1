//! A series as a line of text.

use telemetry::registry::{Point, Series};

pub(crate) fn line(series: Series<'_>) -> String {
    let labels: Vec<String> = series.labels().map(|(key, value)| format!("{key}={value}")).collect();
    let point = match series.point() {
        Point::Sum(number) | Point::Gauge(number) => number.to_string(),
        Point::Histogram(histogram) => format!("{:?} sum {}", histogram.counts, histogram.sum),
        other => panic!("a kind that these tests do not know: {other:?}"),
    };
    if labels.is_empty() { point } else { format!("{} {point}", labels.join(",")) }
}
