//! Formats numbers for people: few digits, and a fitting unit.

use crate::prometheus::number::Digits;
use crate::registry::Point;
use crate::schema::Unit;
use crate::value::Number;
use std::time::Duration;

/// Formats a number as in a scrape.
pub(super) fn exact(number: Number) -> String {
    String::from_utf8_lossy(Digits::new().of(number)).into_owned()
}

/// Returns the size of a series, for sorting and drawing.
pub(super) fn magnitude(point: &Point<'_>) -> f64 {
    match point {
        Point::Sum(number) | Point::Gauge(number) => {
            let number = number.as_f64().abs();
            if number.is_nan() { 0.0 } else { number }
        }
        #[allow(clippy::cast_precision_loss, reason = "an order")]
        Point::Histogram(point) => point.count() as f64,
    }
}

pub(super) fn number(number: Number, unit: Unit) -> String {
    match (number, unit) {
        (Number::U64(n), Unit::None) => grouped(n),
        (Number::I64(n), Unit::None) if n < 0 => format!("−{}", grouped(n.unsigned_abs())),
        (Number::I64(n), Unit::None) => grouped(n.unsigned_abs()),
        (number, unit) => float(number.as_f64(), unit),
    }
}

pub(super) fn float(number: f64, unit: Unit) -> String {
    if !number.is_finite() {
        return exact(Number::F64(number));
    }
    match unit {
        Unit::None => digits(number),
        Unit::Seconds => seconds(number),
        Unit::Bytes => bytes(number),
        Unit::Ratio => format!("{} %", digits(number * 100.0)),
        unit => format!("{} {}", digits(number), unit.ucum().replace("Cel", "°C")),
    }
}

/// Formats `1,234,567`, with non-breaking spaces as separators.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// Formats three significant digits, or all digits of a whole number.
fn digits(number: f64) -> String {
    let size = number.abs();
    if size >= 1e15 || (size > 0.0 && size < 1e-4) {
        return format!("{number:.3e}");
    }
    if size >= 1000.0 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 10¹⁵")]
        let whole = grouped(size.round() as u64);
        return if number < 0.0 { format!("−{whole}") } else { whole };
    }
    let places = [100.0, 10.0, 1.0].iter().position(|bound| size >= *bound).unwrap_or(4);
    let text = format!("{number:.places$}");
    let short = if places > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    short.replace('-', "−")
}

fn seconds(number: f64) -> String {
    let size = number.abs();
    match size {
        _ if (120.0..1e15).contains(&size) => {
            let sign = if number < 0.0 { "−" } else { "" };
            format!("{sign}{}", duration(Duration::try_from_secs_f64(size).unwrap_or_default()))
        }
        _ if size >= 1.0 || size == 0.0 => format!("{} s", digits(number)),
        _ if size >= 1e-3 => format!("{} ms", digits(number * 1e3)),
        _ if size >= 1e-6 => format!("{} µs", digits(number * 1e6)),
        _ => format!("{} ns", digits(number * 1e9)),
    }
}

/// Formats the two largest units: `3 h 12 min`.
pub(super) fn duration(time: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let total = time.as_secs();
    let first = UNITS.iter().position(|(size, _)| total >= *size).unwrap_or(UNITS.len() - 1);
    let (size, name) = UNITS[first];
    let large = format!("{} {name}", grouped(total / size));
    match UNITS.get(first + 1) {
        Some((next, name)) if total % size / next > 0 => format!("{large} {} {name}", total % size / next),
        _ => large,
    }
}

fn bytes(number: f64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut scaled = number;
    let mut at = 0;
    while scaled.abs() >= 1024.0 && at + 1 < UNITS.len() {
        scaled /= 1024.0;
        at += 1;
    }
    format!("{} {}", digits(scaled), UNITS[at])
}

/// Estimates a quantile as Prometheus does: numbers are spread evenly in their bucket.
#[allow(clippy::cast_precision_loss, reason = "a guess")]
pub(super) fn estimate(bounds: &[f64], counts: &[u64], quantile: f64, unit: Unit) -> String {
    let total: f64 = counts.iter().map(|count| *count as f64).sum();
    let rank = quantile * total;
    let mut below = 0.0;
    for (at, count) in counts.iter().enumerate() {
        let here = *count as f64;
        if here > 0.0 && below + here >= rank {
            let Some(upper) = bounds.get(at) else { break };
            let lower = match at.checked_sub(1) {
                Some(before) => bounds[before],
                None if *upper > 0.0 => 0.0,
                None => return format!("≤ {}", float(*upper, unit)),
            };
            return float(lower + (upper - lower) * ((rank - below) / here), unit);
        }
        below += here;
    }
    bounds.last().map_or_else(String::new, |last| format!("> {}", float(*last, unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_have_their_unit() {
        let cases = [
            (0.0, Unit::None, "0"),
            (1_234_567.0, Unit::None, "1\u{202f}234\u{202f}567"),
            (0.125, Unit::None, "0.125"),
            (12.345_6, Unit::None, "12.3"),
            (100.0, Unit::None, "100"),
            (-3.0, Unit::None, "−3"),
            (1e20, Unit::None, "1.000e20"),
            (f64::NAN, Unit::Bytes, "NaN"),
            (0.012_34, Unit::Seconds, "12.3 ms"),
            (0.000_001_5, Unit::Seconds, "1.5 µs"),
            (31.0, Unit::Seconds, "31 s"),
            (11_520.0, Unit::Seconds, "3 h 12 min"),
            (1536.0, Unit::Bytes, "1.5 KiB"),
            (0.05, Unit::Ratio, "5 %"),
            (21.5, Unit::Celsius, "21.5 °C"),
        ];
        for (given, unit, expected) in cases {
            assert_eq!(float(given, unit), expected);
        }
        assert_eq!(number(Number::U64(u64::MAX), Unit::None).replace('\u{202f}', ""), u64::MAX.to_string());
        assert_eq!(number(Number::I64(-1_000), Unit::None), "−1\u{202f}000");
        assert_eq!(number(Number::Duration(Duration::from_mins(61)), Unit::Seconds), "1 h 1 min");
    }

    #[test]
    fn a_quantile_is_guessed_as_prometheus_does() {
        let bounds = [1.0, 2.0, 4.0];
        assert_eq!(estimate(&bounds, &[0, 10, 0, 0], 0.5, Unit::None), "1.5");
        assert_eq!(estimate(&bounds, &[4, 0, 0, 0], 0.5, Unit::None), "0.5");
        assert_eq!(estimate(&bounds, &[1, 1, 1, 97], 0.5, Unit::None), "> 4");
        assert_eq!(estimate(&[-1.0, 1.0], &[5, 0, 0], 0.5, Unit::None), "≤ −1");
    }
}
