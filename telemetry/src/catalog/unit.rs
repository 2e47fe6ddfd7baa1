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

/// Returns a share in percent, such as `5 %`. Rounds it, since 0.07 · 100 is not 7 in floating point.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", (share * 1e8).round() / 1e6)
}
