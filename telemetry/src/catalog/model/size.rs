//! An estimate of the text of a scrape.

use super::{Metric, MetricLabel, Values};

/// The assumed length of a label's text that the declaration does not know, and of a number.
const TEXT: u64 = 16;
const NUMBER: u64 = 8;

/// Returns the size in bytes of the metric's lines if all its time series exist.
pub(super) fn of(metric: &Metric) -> u64 {
    let labels: u64 = metric.labels.iter().map(of_label).sum();
    let line = |sample: &str, le: u64| {
        let braces = u64::from(labels + le > 0);
        // A blank and a line's end.
        length(sample) + labels + le + braces + NUMBER + 2
    };
    let of_series = |samples: &[String]| match samples {
        [buckets, rest @ ..] if !metric.buckets.is_empty() => {
            let bounds = metric.buckets.iter().map(|bound| length(&bound.to_string()));
            let les = bounds.chain([length("+Inf")]).map(|bound| bound + length("le=\"\","));
            les.map(|le| line(buckets, le)).sum::<u64>() + rest.iter().map(|name| line(name, 0)).sum::<u64>()
        }
        samples => samples.iter().map(|name| line(name, 0)).sum(),
    };
    let former = metric.was.as_ref().map_or(0, |was| of_series(&was.names.prometheus));
    let comments =
        2 * length(&metric.names.family) + length(metric.help.split("\n\n").next().unwrap_or_default());
    let series = of_series(&metric.names.prometheus) + former;
    series.saturating_mul(metric.series).saturating_add(comments + length("# HELP  \n# TYPE  counter\n"))
}

/// Returns the average length of `key="value",`.
fn of_label(label: &MetricLabel) -> u64 {
    let value = match &label.values {
        Values::Closed { values } => {
            let all: u64 = values.iter().map(|value| length(value)).sum();
            all / (values.len() as u64).max(1)
        }
        Values::Range { end, .. } => length(&end.to_string()),
        Values::Open { max_len, .. } => TEXT.min(*max_len as u64),
    };
    length(label.key) + value + length("=\"\",")
}

fn length(text: &str) -> u64 {
    text.len() as u64
}
