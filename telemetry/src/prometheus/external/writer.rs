//! Writes an external family in either format.

use crate::prometheus::Format;
use crate::prometheus::lines::{self, push_all};
use crate::prometheus::style::Style;
use crate::registry::exposition::family::{Family, Kind, Sample};
use crate::registry::exposition::line::Timestamp;

/// Appends the family, unless the format has nothing like it.
pub(super) fn push(out: &mut String, family: &Family<'_>, style: Style) {
    let format = style.format;
    let shape = family.kind.shape();
    let (of, suffix) = match format {
        Format::OpenMetrics => (shape.open_metrics, ""),
        Format::Text => match shape.text {
            Some(text) => text,
            None => return,
        },
    };
    let mut samples = family.samples.iter().filter(|sample| is_in(sample, style)).peekable();
    if samples.peek().is_some() {
        push_metadata(out, family, &format!("{}{suffix}", family.name), of, format);
    }
    samples.for_each(|sample| push_sample(out, family.name, sample, format));
}

/// Returns true if the style has the sample.
fn is_in(sample: &Sample<'_>, style: Style) -> bool {
    (style.created || sample.suffix != "_created") && !(style.is_open_metrics() && sample.only_text)
}

/// Appends the comment lines in the order of the registry's own families.
fn push_metadata(out: &mut String, family: &Family<'_>, name: &str, of: &str, format: Format) {
    let help = family.help.as_deref().filter(|help| !help.is_empty());
    match format {
        Format::Text => {
            if let Some(help) = help {
                push_all(out, &["# HELP ", name, " ", &lines::escaped_help(help, format), "\n"]);
            }
            push_all(out, &["# TYPE ", name, " ", of, "\n"]);
        }
        Format::OpenMetrics => {
            push_all(out, &["# TYPE ", name, " ", of, "\n"]);
            // Infos and states have no unit.
            if !family.unit.is_empty() && !matches!(family.kind, Kind::Info | Kind::StateSet) {
                push_all(out, &["# UNIT ", name, " ", family.unit, "\n"]);
            }
            if let Some(help) = help {
                push_all(out, &["# HELP ", name, " ", &lines::escaped_help(help, format), "\n"]);
            }
        }
    }
}

fn push_sample(out: &mut String, family: &str, sample: &Sample<'_>, format: Format) {
    push_all(out, &[family, sample.suffix]);
    let mut before = "{";
    for label in &sample.labels {
        push_all(out, &[before, label.name, "=\"", label.value, "\""]);
        before = ",";
    }
    let after = if sample.labels.is_empty() { " " } else { "} " };
    push_all(out, &[after, sample.value]);
    if let Some(timestamp) = sample.timestamp {
        push_all(out, &[" ", &formatted(timestamp, format)]);
    }
    if let Some(exemplar) = sample.exemplar.filter(|_| format == Format::OpenMetrics) {
        push_all(out, &[" ", exemplar]);
    }
    out.push('\n');
}

fn formatted(timestamp: Timestamp<'_>, format: Format) -> String {
    let millis = timestamp.millis;
    match (format, timestamp.seconds) {
        (Format::Text, _) => millis.to_string(),
        (Format::OpenMetrics, Some(seconds)) => seconds.to_owned(),
        (Format::OpenMetrics, None) => {
            let sign = if millis < 0 { "-" } else { "" };
            let whole = millis.unsigned_abs() / 1_000;
            let part = millis.unsigned_abs() % 1_000;
            match part {
                0 => format!("{sign}{whole}"),
                _ => format!("{sign}{whole}.{part:03}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_written_in_seconds() {
        let cases: &[(i64, &str)] = &[
            (0, "0"),
            (1_395_066_363_000, "1395066363"),
            (1_395_066_363_050, "1395066363.050"),
            (-7, "-0.007"),
            (i64::MIN, "-9223372036854775.808"),
        ];
        for (millis, seconds) in cases {
            let timestamp = Timestamp { millis: *millis, seconds: None };
            assert_eq!(formatted(timestamp, Format::OpenMetrics), *seconds);
            assert_eq!(formatted(timestamp, Format::Text), millis.to_string());
        }
    }
}
