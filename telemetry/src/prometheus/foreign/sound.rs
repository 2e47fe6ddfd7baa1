//! Finds what a strict reader would refuse a family for, and what only one of the formats allows.

use super::family::{Family, Kind, Sample};
use super::source::Fault;

/// Marks what OpenMetrics does not allow and the text format does; or says what neither allows.
pub(super) fn settle(family: &mut Family<'_>) -> Result<(), Fault> {
    let (name, kind) = (family.name, family.kind);
    let fault = |(line, what)| Fault { line, name: name.to_owned(), what };
    for sample in &family.samples {
        alone(kind, name, sample).map_err(|what| fault((sample.line, what)))?;
    }
    for series in family.samples.chunk_by_mut(|a, b| a.series == b.series) {
        let first = series.first().map_or(0, |sample| sample.line);
        together(kind, series).map_err(|what| fault((first, what)))?;
    }
    Ok(())
}

/// What can be wrong with one sample.
fn alone(kind: Kind, family: &str, sample: &Sample<'_>) -> Result<(), &'static str> {
    let number = sample.number();
    if sample.labels.iter().any(|label| label.name.starts_with("__")) {
        return Err("a label's name begins with `__`, which Prometheus keeps for itself");
    }
    let is_negative = number.is_nan() || number < 0.0;
    match (kind, sample.suffix) {
        (Kind::Counter, "_total") | (Kind::BareCounter, "") if is_negative => {
            Err("a counter is negative or no number")
        }
        (_, "_bucket" | "_count" | "_gcount") if is_negative || number.fract() != 0.0 => {
            Err("a bucket or a count is not a whole number from 0 on")
        }
        (Kind::GaugeHistogram, "_gsum") if number.is_nan() => Err("a sum is no number"),
        (Kind::Summary, "") if !sample.label("quantile").is_some_and(is_share) => {
            Err("a quantile is not between 0 and 1")
        }
        #[allow(clippy::float_cmp, reason = "exact by definition")]
        (Kind::Info, _) if number != 1.0 => Err("the value of an info is not 1"),
        #[allow(clippy::float_cmp, reason = "exact by definition")]
        (Kind::StateSet, _) if number != 0.0 && number != 1.0 => {
            Err("the value of a state is neither 0 nor 1")
        }
        (Kind::StateSet, _) if sample.label(family).is_none() => {
            Err("a state lacks the label that has the family's name")
        }
        _ => Ok(()),
    }
}

fn is_share(text: &str) -> bool {
    text.parse().is_ok_and(|share: f64| (0.0..=1.0).contains(&share))
}

/// What can be wrong with the samples of one series.
fn together(kind: Kind, series: &mut [Sample<'_>]) -> Result<(), &'static str> {
    let is_at_another_time = |pair: &[Sample<'_>]| match [pair[0].timestamp, pair[1].timestamp] {
        // All of a family are one series there.
        [Some(_), Some(_)] if kind == Kind::Info => false,
        [a, b] => a != b,
    };
    if series.windows(2).any(is_at_another_time) {
        return Err("the samples of one series have different times");
    }
    match kind {
        Kind::Histogram | Kind::GaugeHistogram => histogram(kind, series),
        Kind::Summary => {
            for sample in series {
                let number = sample.number();
                sample.only_text = number < 0.0 || sample.suffix == "_sum" && number.is_nan();
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn histogram(kind: Kind, series: &mut [Sample<'_>]) -> Result<(), &'static str> {
    let buckets: Vec<(f64, f64)> =
        series.iter().filter_map(|sample| Some((sample.bound?, sample.number()))).collect();
    // What is no number sorts behind it.
    let Some((_, all)) = buckets.last().copied().filter(|(bound, _)| *bound == f64::INFINITY) else {
        return Err("the series has no bucket `le=\"+Inf\"`, or one behind it");
    };
    if buckets.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
        return Err("two buckets of the series have the same bound");
    }
    if buckets.windows(2).any(|pair| pair[0].1 > pair[1].1) {
        return Err("the buckets of the series fall, although each counts those before it");
    }
    let value = |suffixes: [&str; 2]| {
        series.iter().find(|sample| suffixes.contains(&sample.suffix)).map(Sample::number)
    };
    let (sum, count) = (value(["_sum", "_gsum"]), value(["_count", "_gcount"]));
    #[allow(clippy::float_cmp, reason = "whole numbers")]
    match (sum, count) {
        (Some(_), None) => return Err("the series has a sum and no count"),
        (None, Some(_)) => return Err("the series has a count and no sum"),
        (_, Some(count)) if count != all => {
            return Err("the count of the series is not that of its bucket `le=\"+Inf\"`");
        }
        _ => {}
    }
    let is_signed = buckets.iter().any(|(bound, _)| *bound < 0.0);
    let has_no_sum = sum.is_some_and(|sum| sum.is_nan() || sum < 0.0);
    match kind {
        Kind::GaugeHistogram if has_no_sum && !is_signed => {
            return Err("the sum is negative, and no bucket is");
        }
        // As the registry's own: a sum that can fall is none there, and a count without one neither.
        Kind::Histogram if is_signed || has_no_sum => {
            let has_part = |sample: &&mut Sample<'_>| matches!(sample.suffix, "_sum" | "_count");
            series.iter_mut().filter(has_part).for_each(|sample| sample.only_text = true);
        }
        _ => {}
    }
    Ok(())
}
