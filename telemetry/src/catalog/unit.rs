//! How people read a unit's numbers: in the text of an alert, and in Grafana.

use crate::schema::{Quantity, Unit};

/// How numbers of a unit are shown.
pub(super) struct Shown {
    /// Behind a number, such as `30 s`; empty for what is counted.
    pub(super) symbol: &'static str,
    /// The function of Prometheus' templates that makes a number readable, and what stands behind it.
    pub(super) template: (&'static str, &'static str),
    /// Grafana's unit of a value, and of its growth per second.
    pub(super) grafana: &'static str,
    pub(super) grafana_rate: &'static str,
}

pub(super) const fn shown(unit: Unit) -> Shown {
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

/// A share of a whole.
const PERCENT: Shown = row("", "humanizePercentage", "", "percentunit", "suffix:/s");

const fn row(
    symbol: &'static str,
    function: &'static str,
    behind: &'static str,
    grafana: &'static str,
    grafana_rate: &'static str,
) -> Shown {
    Shown { symbol, template: (function, behind), grafana, grafana_rate }
}

/// Grafana's unit of what an alert compares.
pub(super) const fn grafana(quantity: Quantity, unit: Unit) -> &'static str {
    match quantity {
        Quantity::Level | Quantity::Quantile(_) => shown(unit).grafana,
        Quantity::Rate => shown(unit).grafana_rate,
        Quantity::Ratio { .. } => PERCENT.grafana,
    }
}

/// `$value` of what an alert compares, in the language of Prometheus' templates.
pub(super) fn template(quantity: Quantity, unit: Unit) -> String {
    let (function, behind) = match (quantity, unit) {
        (Quantity::Ratio { .. }, _) => PERCENT.template,
        // Seconds per second are no duration, and a growing share is none.
        (Quantity::Rate, Unit::Seconds | Unit::Ratio) => ("humanize", ""),
        _ => shown(unit).template,
    };
    format!("{{{{ $value | {function} }}}}{behind}")
}

/// A threshold of it, such as `30 s` or `5 %`.
pub(super) fn threshold(quantity: Quantity, unit: Unit, number: f64) -> String {
    let symbol = match (quantity, unit) {
        (Quantity::Ratio { .. }, _) | (Quantity::Level | Quantity::Quantile(_), Unit::Ratio) => {
            return percent(number);
        }
        (Quantity::Rate, Unit::Seconds) => "",
        _ => shown(unit).symbol,
    };
    if symbol.is_empty() { number.to_string() } else { format!("{number} {symbol}") }
}

/// A share, such as `5 %`; rounded, since 0.07 · 100 is not 7.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", (share * 1e8).round() / 1e6)
}
