//! The display of a unit's numbers, in the text of an alert and in Grafana.

use crate::schema::{Quantity, Unit};

/// The display of a unit's numbers.
pub(super) struct UnitDisplay {
    /// The symbol behind a number, as in `30 s`; empty for a count.
    pub(super) symbol: &'static str,
    /// The function of Prometheus' templates that makes a number readable, and the text behind it.
    pub(super) template: (&'static str, &'static str),
    /// Grafana's unit of a value.
    pub(super) grafana: &'static str,
    /// Grafana's unit of the growth per second.
    pub(super) grafana_rate: &'static str,
}

/// Returns the display of a unit.
pub(super) const fn display(unit: Unit) -> UnitDisplay {
    match unit {
        Unit::None => row("", "humanize", "", "short", "cps"),
        Unit::Seconds => row("s", "humanizeDuration", "", "s", "suffix: s/s"),
        Unit::Bytes => row("B", "humanize1024", "B", "bytes", "binBps"),
        Unit::Ratio => PERCENT,
        Unit::Celsius => row("°C", "humanize", " °C", "celsius", "suffix: °C/s"),
        Unit::Meters => row("m", "humanize", "m", "lengthm", "velocityms"),
        Unit::Grams => row("g", "humanize", "g", "massg", "suffix: g/s"),
        Unit::Joules => row("J", "humanize", "J", "joule", "watt"),
        Unit::Watts => row("W", "humanize", "W", "watt", "suffix: W/s"),
        Unit::Volts => row("V", "humanize", "V", "volt", "suffix: V/s"),
        Unit::Amperes => row("A", "humanize", "A", "amp", "suffix: A/s"),
        Unit::Hertz => row("Hz", "humanize", "Hz", "hertz", "suffix: Hz/s"),
    }
}

/// The display of a share of a whole.
const PERCENT: UnitDisplay = row("", "humanizePercentage", "", "percentunit", "suffix:/s");

const fn row(
    symbol: &'static str,
    function: &'static str,
    behind: &'static str,
    grafana: &'static str,
    grafana_rate: &'static str,
) -> UnitDisplay {
    UnitDisplay { symbol, template: (function, behind), grafana, grafana_rate }
}

/// Returns Grafana's unit of the quantity that an alert compares.
pub(super) const fn grafana(quantity: Quantity, unit: Unit) -> &'static str {
    match quantity {
        Quantity::Level | Quantity::Average | Quantity::Age | Quantity::Quantile(_) => display(unit).grafana,
        Quantity::Rate => display(unit).grafana_rate,
        Quantity::Ratio { .. } => PERCENT.grafana,
    }
}

/// Returns a template of Prometheus for the `$value` of the quantity that an alert compares.
pub(super) fn template(quantity: Quantity, unit: Unit) -> String {
    let (function, behind) = match (quantity, unit) {
        (Quantity::Ratio { .. }, _) => PERCENT.template,
        // Seconds per second are not a duration, and the growth of a share is not a share.
        (Quantity::Rate, Unit::Seconds | Unit::Ratio) => ("humanize", ""),
        _ => display(unit).template,
    };
    format!("{{{{ $value | {function} }}}}{behind}")
}

/// Returns a threshold with its unit, such as `30 s` or `5 %`.
pub(super) fn threshold(quantity: Quantity, unit: Unit, number: f64) -> String {
    let symbol = match (quantity, unit) {
        (Quantity::Ratio { .. }, _)
        | (Quantity::Level | Quantity::Average | Quantity::Quantile(_), Unit::Ratio) => {
            return percent(number);
        }
        (Quantity::Rate, Unit::Seconds) => "",
        _ => display(unit).symbol,
    };
    if symbol.is_empty() { number.to_string() } else { format!("{number} {symbol}") }
}

/// Returns a threshold as a reader says it, such as `5 min` or `1 MiB`.
pub(super) fn threshold_in_words(quantity: Quantity, unit: Unit, number: f64) -> String {
    match (quantity, unit) {
        (Quantity::Age, _) => amount(Unit::Seconds, number),
        (Quantity::Level | Quantity::Average | Quantity::Quantile(_), Unit::Seconds | Unit::Bytes) => {
            amount(unit, number)
        }
        _ => threshold(quantity, unit, number),
    }
}

/// Units that are a multiple of the one before, each with its size.
const TIMES: [(&str, f64); 3] = [("min", 60.0), ("h", 3_600.0), ("d", 86_400.0)];
const SIZES: [(&str, f64); 3] = [("KiB", 1024.0), ("MiB", 1_048_576.0), ("GiB", 1_073_741_824.0)];

/// Returns a number with its unit, in the largest one of which it is a multiple.
pub(super) fn amount(unit: Unit, number: f64) -> String {
    let larger = match unit {
        Unit::Seconds if number > 0.0 && number < 1.0 => return format!("{} ms", round(number * 1e3)),
        Unit::Seconds => &TIMES,
        Unit::Bytes => &SIZES,
        _ => return threshold(Quantity::Level, unit, number),
    };
    let is_multiple = |(_, size): &&(&str, f64)| number.abs() >= *size && number % size == 0.0;
    match larger.iter().rev().find(is_multiple) {
        Some(("d", size)) if number / size > 1.0 => format!("{} days", number / size),
        Some(("d", _)) => "1 day".to_owned(),
        Some((name, size)) => format!("{} {name}", number / size),
        None => threshold(Quantity::Level, unit, number),
    }
}

/// Returns a Prometheus duration such as `1h30m` as `1 h 30 min`.
pub(super) fn time(duration: &str) -> String {
    let mut parts = Vec::new();
    let mut rest = duration;
    while let Some(digits) = rest.find(|c: char| !c.is_ascii_digit()) {
        let end = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |end| digits + end);
        let number = &rest[..digits];
        let unit = match &rest[digits..end] {
            "m" => "min",
            "d" if number == "1" => "day",
            "d" => "days",
            "w" if number == "1" => "week",
            "w" => "weeks",
            unit => unit,
        };
        parts.push(format!("{number} {unit}"));
        rest = &rest[end..];
    }
    parts.join(" ")
}

/// Returns a share in percent, such as `5 %`. Rounds it, since 0.07 · 100 is not 7 in floating point.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", round(share * 1e2))
}

/// Rounds what a multiplication left behind the sixth decimal.
fn round(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_largest_unit_of_which_they_are_a_multiple() {
        let seconds = [0.005, 0.25, 1.0, 59.0, 60.0, 90.0, 300.0, 5_400.0, 7_200.0, 86_400.0];
        let words = seconds.map(|number| amount(Unit::Seconds, number));
        assert_eq!(
            words,
            ["5 ms", "250 ms", "1 s", "59 s", "1 min", "90 s", "5 min", "90 min", "2 h", "1 day"]
        );
        assert_eq!(amount(Unit::Bytes, 1_048_576.0), "1 MiB");
        assert_eq!(amount(Unit::Bytes, 1_000.0), "1000 B");
        assert_eq!(amount(Unit::Ratio, 0.07), "7 %");
    }

    #[test]
    fn durations_have_their_units_in_words() {
        let words = ["5m", "1h30m", "1d", "30d", "1w", "10s", "500ms"].map(time);
        assert_eq!(words, ["5 min", "1 h 30 min", "1 day", "30 days", "1 week", "10 s", "500 ms"]);
    }
}
