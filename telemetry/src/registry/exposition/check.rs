//! Checks a family for everything that a strict reader would reject, and marks samples that one format
//! disallows.

use super::error::ExpositionError;
use super::family::{Family, Kind, Sample};

/// Checks a family, and marks the samples that the text format allows and OpenMetrics does not.
///
/// # Errors
///
/// Returns a fault that neither format allows.
pub(crate) fn check(family: &mut Family<'_>) -> Result<(), ExpositionError> {
    for sample in &family.samples {
        check_sample(family.kind, family.name, sample).map_err(|reason| family.error(sample.line, reason))?;
    }
    let kind = family.kind;
    let mut fault = None;
    for series in family.samples.chunk_by_mut(|a, b| a.series == b.series) {
        let first = series.first().map_or(0, |sample| sample.line);
        if let Err(reason) = check_series(kind, series) {
            fault = Some((first, reason));
            break;
        }
    }
    fault.map_or(Ok(()), |(line, reason)| Err(family.error(line, reason)))
}

fn check_sample(kind: Kind, family: &str, sample: &Sample<'_>) -> Result<(), &'static str> {
    let number = sample.number();
    if sample.labels.iter().any(|label| label.name.starts_with("__")) {
        return Err("label name begins with `__`, which Prometheus reserves");
    }
    let is_negative = number.is_nan() || number < 0.0;
    match (kind, sample.suffix) {
        (Kind::Counter, "_total") | (Kind::BareCounter, "") if is_negative => {
            Err("counter is negative or NaN")
        }
        (_, "_bucket" | "_count" | "_gcount") if is_negative || number.fract() != 0.0 => {
            Err("bucket or count is not a whole number from 0")
        }
        (Kind::GaugeHistogram, "_gsum") if number.is_nan() => Err("sum is NaN"),
        (Kind::Summary, "") if !sample.label("quantile").is_some_and(is_share) => {
            Err("quantile is not between 0 and 1")
        }
        #[allow(clippy::float_cmp, reason = "exact by definition")]
        (Kind::Info, _) if number != 1.0 => Err("value of the info is not 1"),
        #[allow(clippy::float_cmp, reason = "exact by definition")]
        (Kind::StateSet, _) if number != 0.0 && number != 1.0 => Err("value of the state is neither 0 nor 1"),
        (Kind::StateSet, _) if sample.label(family).is_none() => {
            Err("state lacks the label that has the family's name")
        }
        _ => Ok(()),
    }
}

fn is_share(text: &str) -> bool {
    text.parse().is_ok_and(|share: f64| (0.0..=1.0).contains(&share))
}

fn check_series(kind: Kind, series: &mut [Sample<'_>]) -> Result<(), &'static str> {
    let is_at_another_time = |pair: &[Sample<'_>]| match [pair[0].timestamp, pair[1].timestamp] {
        // All samples of such a family are one series.
        [Some(_), Some(_)] if kind == Kind::Info => false,
        [a, b] => a != b,
    };
    if series.windows(2).any(is_at_another_time) {
        return Err("samples of the series have different timestamps");
    }
    match kind {
        Kind::Histogram | Kind::GaugeHistogram => check_histogram(kind, series),
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

fn check_histogram(kind: Kind, series: &mut [Sample<'_>]) -> Result<(), &'static str> {
    let buckets: Vec<(f64, f64)> =
        series.iter().filter_map(|sample| Some((sample.bound?, sample.number()))).collect();
    // NaN is sorted after it.
    let Some((_, all)) = buckets.last().copied().filter(|(bound, _)| *bound == f64::INFINITY) else {
        return Err("series has no bucket `le=\"+Inf\"`, or a bucket after it");
    };
    if buckets.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
        return Err("two buckets of the series have the same bound");
    }
    if buckets.windows(2).any(|pair| pair[0].1 > pair[1].1) {
        return Err("buckets of the series decrease, although each includes those before it");
    }
    let sum = number_of(series, ["_sum", "_gsum"]);
    let count = number_of(series, ["_count", "_gcount"]);
    #[allow(clippy::float_cmp, reason = "whole numbers")]
    match (sum, count) {
        (Some(_), None) => return Err("series has a sum but no count"),
        (None, Some(_)) => return Err("series has a count but no sum"),
        (_, Some(count)) if count != all => {
            return Err("count of the series differs from its bucket `le=\"+Inf\"`");
        }
        _ => {}
    }
    let is_signed = buckets.iter().any(|(bound, _)| *bound < 0.0);
    let has_no_sum = sum.is_some_and(|sum| sum.is_nan() || sum < 0.0);
    match kind {
        Kind::GaugeHistogram if has_no_sum && !is_signed => {
            return Err("sum is negative, but no bucket bound is");
        }
        // As in the registry's own families: OpenMetrics allows no sum that can fall, and no count without a
        // sum.
        Kind::Histogram if is_signed || has_no_sum => {
            for sample in series.iter_mut().filter(|sample| matches!(sample.suffix, "_sum" | "_count")) {
                sample.only_text = true;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Returns the number of the first sample with one of the suffixes.
fn number_of(series: &[Sample<'_>], suffixes: [&str; 2]) -> Option<f64> {
    series.iter().find(|sample| suffixes.contains(&sample.suffix)).map(Sample::number)
}
