//! `#[alert(...)]` on a method.

use crate::attr::Args;
use crate::errors::{Errors, instead, one_of_arguments};
use crate::grammar::ALERT;
use crate::metrics::model::{Alert, Event, Instrument};
use crate::rules;
use quote::ToTokens;
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
    let name = args.take_text("name", errors).filter(|text| is_name(text, errors));
    match given {
        0 if !args.broken => {
            errors.at(args.span, &rules::alert_condition("add `above = 30.0` or `below = 0.5`"));
        }
        2 => errors.at(args.span, &rules::alert_condition("remove one, and put it into an alert of its own")),
        _ => {}
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
            let help = instead(&on.to_string(), &names, "write");
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
            let levels: Vec<String> = levels.iter().map(|at| names[*at].clone()).collect();
            errors.at(args.span, &rules::alert_choice(one_of_arguments("on", &levels)));
            None
        }
    }
}

/// A duration as Prometheus writes it, of one unit or several, the largest first: `1m`, `1h30m`.
fn is_duration(text: &LitStr, errors: &mut Errors) -> bool {
    let value = text.value();
    let mut rest = value.as_str();
    for unit in ["y", "w", "d", "h", "m", "s", "ms"] {
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        // `m` is not the beginning of `ms`.
        let is_end = |after: &&str| after.is_empty() || after.starts_with(|c: char| c.is_ascii_digit());
        if let Some(after) = rest[digits..].strip_prefix(unit).filter(is_end).filter(|_| digits > 0) {
            rest = after;
        }
    }
    let fits = !value.is_empty() && rest.is_empty();
    if !fits {
        errors.on(text, &rules::alert_for(&value));
    }
    fits
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn is_name(text: &LitStr, errors: &mut Errors) -> bool {
    let fits = is_word(&text.value());
    if !fits {
        errors.on(text, &rules::alert_name(text.to_token_stream()));
    }
    fits
}

fn is_severity(text: &LitStr, errors: &mut Errors) -> bool {
    let fits = is_word(&text.value());
    if !fits {
        errors.on(text, &rules::alert_severity(text.to_token_stream()));
    }
    fits
}
