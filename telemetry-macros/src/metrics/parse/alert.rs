//! `#[alert(...)]` on a method.

use crate::attr::Args;
use crate::errors::{Errors, instead, one_of};
use crate::grammar::ALERT;
use crate::metrics::model::{Alert, Event, Instrument};
use crate::rules;
use syn::{Attribute, LitStr};

/// Adds each alert to the instrument that it looks at.
pub fn alerts(event: &mut Event<'_>, attrs: &[&Attribute], errors: &mut Errors) {
    for attr in attrs {
        let mut args = Args::of(attr, &ALERT, false, errors);
        let instrument = instrument(&mut event.instruments, &mut args, errors);
        let alert = alert(&mut args, errors);
        if let (Some(instrument), Some(alert)) = (instrument, alert) {
            if instrument.kind.level {
                instrument.alerts.push(alert);
            } else {
                errors.at(args.span, &rules::alert_kind(instrument.kind.grammar.attr));
            }
        }
    }
}

fn alert(args: &mut Args, errors: &mut Errors) -> Option<Alert> {
    let given = ["above", "below"].iter().filter(|key| args.key(key).is_some()).count();
    let above = args.take_number("above", errors);
    let below = args.take_number("below", errors);
    let hold = args.take_text("for", errors).filter(|text| is_duration(text, errors));
    let severity = args.take_text("severity", errors).filter(|text| is_severity(text, errors));
    let name = args.take_text("name", errors);
    if given != 1 {
        errors.at(args.span, &rules::alert_condition());
        return None;
    }
    let (above, threshold) = match (above, below) {
        (Some(threshold), _) => (true, threshold),
        (None, Some(threshold)) => (false, threshold),
        (None, None) => return None,
    };
    Some(Alert { above, threshold, hold, severity, name })
}

/// The method's only instrument that has a level, or the one that `on` names.
fn instrument<'i>(
    instruments: &'i mut [Instrument],
    args: &mut Args,
    errors: &mut Errors,
) -> Option<&'i mut Instrument> {
    let names: Vec<String> = instruments.iter().map(|instrument| instrument.name.text.clone()).collect();
    if args.key("on").is_some() {
        let on = args.take_ident("on", errors)?;
        let at = names.iter().position(|name| on == name);
        if at.is_none() {
            let help = instead(&on.to_string(), &names, "its instruments are");
            errors.on(&on, &rules::alert_instrument(&on, help));
        }
        return instruments.get_mut(at?);
    }
    let levels: Vec<usize> =
        instruments.iter().enumerate().filter(|(_, one)| one.kind.level).map(|(at, _)| at).collect();
    match (levels.as_slice(), names.len()) {
        ([at], _) => instruments.get_mut(*at),
        ([], 1..) => instruments.first_mut(),
        ([], 0) => None,
        _ => {
            errors.at(args.span, &rules::alert_choice(one_of(&names)));
            None
        }
    }
}

/// A duration as Prometheus writes it, of one unit or several: `1m`, `1h30m`.
fn is_duration(text: &LitStr, errors: &mut Errors) -> bool {
    let value = text.value();
    let mut rest = value.as_str();
    let mut fits = !rest.is_empty();
    while fits && !rest.is_empty() {
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        let unit =
            ["ms", "s", "m", "h", "d", "w", "y"].iter().find(|unit| rest[digits..].starts_with(**unit));
        fits = digits > 0 && unit.is_some();
        rest = &rest[digits + unit.map_or(0, |unit| unit.len())..];
    }
    if !fits {
        errors.on(text, &rules::alert_for(&value));
    }
    fits
}

fn is_severity(text: &LitStr, errors: &mut Errors) -> bool {
    let value = text.value();
    let fits = !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if !fits {
        errors.on(text, &rules::alert_severity(&value));
    }
    fits
}
