//! What the lines of the log say, read as an operator's aggregator would.

use super::mock::is_sum;
use super::readings::Readings;
use super::scenario::IN_FLIGHT;
use crate::capture::Written;
use std::collections::HashMap;
use telemetry::log::Lines;

pub fn written_to(written: &Written, run: impl FnOnce()) {
    let subscriber =
        tracing_subscriber::fmt().event_format(Lines::default()).with_writer(written.clone()).finish();
    tracing::subscriber::with_default(subscriber, run);
}

/// The documented mapping of label text: what could end a line or turn it around becomes `?`, and what is
/// empty is left out.
fn mapped(_: &str, text: &str) -> Option<String> {
    let replaced = |c: char| match c {
        '\n' => c,
        '\u{2028}'
        | '\u{2029}'
        | '\u{61c}'
        | '\u{feff}'
        | '\u{fffd}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' => '?',
        c if c.is_control() => '?',
        c => c,
    };
    (!text.is_empty()).then(|| text.chars().map(replaced).collect())
}

/// A log tells what has ended, and has no number of what is in flight.
pub fn expected(mock: Readings) -> Readings {
    mock.without(IN_FLIGHT).mapped(mapped)
}

pub fn read(written: &Written) -> Readings {
    let text = written.text();
    let mut readings = Readings::default();
    for line in text.lines() {
        add(&mut readings, &fields(line));
    }
    readings
}

fn add(readings: &mut Readings, fields: &HashMap<String, String>) {
    let text = |key: &str| fields.get(key).map_or("", String::as_str);
    let label = |key: &'static str| fields.get(key).map(|text| (key, text.as_str()));
    let number = |key: &str| fields.get(key).map(|text| text.parse::<f64>().unwrap());
    match (text("event"), text("gauge")) {
        ("orders", "") => {
            let express = ("express", text("express"));
            let labels: Vec<_> = label("customer").into_iter().chain([express]).collect();
            readings.sum("shop_orders", &labels, 1.0);
            readings.sum("shop_order_items", &[express], number("items").unwrap());
        }
        ("payments", "") => {
            // An absent label is left out of a line, and has a text where series are kept.
            let method = fields.get("method").map_or("unknown", String::as_str);
            let amount = number("amount").unwrap();
            if is_sum(amount) {
                readings.sum("shop_payments", &[("method", method)], amount);
            }
        }
        ("carts", "") => readings.sum("shop_carts", &[], number("delta").unwrap()),
        ("", "set_cold_store") => {
            let value = number("value").unwrap();
            readings.gauge("shop_cold_store_celsius", &[("open", text("open"))], value);
        }
        ("delivered", "") => {
            let priority = ("priority", text("priority"));
            let labels: Vec<_> = label("region").into_iter().chain([priority]).collect();
            readings.sum("shop_deliveries", &labels, 1.0);
            if let Some(took) = number("took") {
                readings.sample("shop_delivery_seconds", &[priority], took);
            }
        }
        ("trips", "") => {
            let arrived = ("arrived", text("arrived"));
            let labels: Vec<_> = label("region").into_iter().chain([arrived]).collect();
            readings.sum("shop_trips", &labels, 1.0);
        }
        ("returns", "") => {
            let labels: Vec<_> = label("reason").into_iter().chain(label("agent")).collect();
            readings.sum("shop_returns", &labels, 1.0);
        }
        ("", "set_open") => {
            readings.gauge("shop_open", &[("door", text("door"))], number("open").unwrap());
            readings.gauge("shop_changed_at_seconds", &[], number("at").unwrap());
        }
        ("price_change", "") => {
            let change = number("change").unwrap();
            if change.is_finite() {
                readings.sample("shop_price_change", &[], change);
            }
        }
        other => panic!("a line that nobody wrote: {other:?}"),
    }
}

/// The keys and values of a logfmt line behind `[metrics] `.
fn fields(line: &str) -> HashMap<String, String> {
    let mut rest = line.strip_prefix("[metrics] ").unwrap();
    let mut fields = HashMap::new();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=').unwrap();
        let (value, after) = value(after);
        assert_eq!(fields.insert(key.to_owned(), value), None, "{key} twice in {line}");
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    fields
}

/// A value, bare or in quotes, and what comes after it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(' ').unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let (mut value, mut chars) = (String::new(), quoted.chars());
    loop {
        match chars.next().unwrap() {
            '"' => return (value, chars.as_str()),
            '\\' => value.push(match chars.next().unwrap() {
                'n' => '\n',
                escaped => escaped,
            }),
            c => value.push(c),
        }
    }
}
