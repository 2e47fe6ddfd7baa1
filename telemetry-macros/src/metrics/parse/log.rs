//! `#[log(...)]` on a method.

use super::{names, value_instead};
use crate::attr::{self, Args};
use crate::errors::{Errors, one_of_arguments};
use crate::grammar::{LEVELS, LOG};
use crate::metrics::model::{Event, Log, Role};
use crate::rules;
use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Expr, ExprLit, Lit, LitInt, LitStr};

pub fn log(event: &Event<'_>, attrs: &[&Attribute], errors: &mut Errors) -> Log {
    let Some(attr) = attrs.first() else { return Log::default() };
    let mut args = Args::of(attr, &LOG, true, errors);
    if let Some(off) = args.take_flag("off", errors) {
        if args.text.is_some() || args.rest().is_some() {
            errors.at(off, &rules::log_off());
        }
        return Log { off: true, ..Log::default() };
    }
    let policies: Vec<Ident> =
        ["or_above", "or_below", "skip_zero"].iter().filter_map(|key| args.key(key).cloned()).collect();
    let on = policy_value(event, &policies, &mut args, errors);
    Log {
        name: args.text.clone().filter(|name| is_name(name, errors)),
        off: false,
        level: args.take_expr("level", errors).and_then(|written| level(&written, errors)),
        target: args.take_text("target", errors).filter(|target| is_target(target, errors)),
        every: args.take_int("every", errors).filter(|every| is_every(every, errors)),
        or_above: args.take_number("or_above", errors),
        or_below: args.take_number("or_below", errors),
        skip_zero: args.take_flag("skip_zero", errors).is_some(),
        on,
    }
}

/// Checks for letters, digits and `.`, `_`, `-`: every reader of the line takes them for one bare word.
fn is_name(name: &LitStr, errors: &mut Errors) -> bool {
    let is_word = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    };
    let fits = is_word(&name.value());
    if !fits {
        errors.on(name, &rules::log_name(name.to_token_stream()));
    }
    fits
}

fn is_target(target: &LitStr, errors: &mut Errors) -> bool {
    let fits = !target.value().is_empty() && !target.value().contains(char::is_control);
    if !fits {
        errors.on(target, &rules::argument_value("target", "target = \"metrics\""));
    }
    fits
}

fn is_every(every: &LitInt, errors: &mut Errors) -> bool {
    let fits = every.base10_parse::<u32>().is_ok_and(|every| every >= 2);
    if !fits {
        errors.on(every, &rules::log_every(u32::MAX));
    }
    fits
}

fn level(written: &Expr, errors: &mut Errors) -> Option<&'static str> {
    let (text, is_word) = match attr::peel(written) {
        Expr::Path(path) => {
            let last = path.path.segments.last().map(|last| last.ident.to_string());
            (last.unwrap_or_default(), path.path.get_ident().is_some())
        }
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => (text.value(), false),
        other => (other.to_token_stream().to_string(), false),
    };
    if let Some((_, variant)) = LEVELS.iter().find(|(level, _)| is_word && text == *level) {
        return Some(*variant);
    }
    // `"warn"`, `Level::WARN`, `Warning`: which one was meant is plain.
    let lower = text.to_lowercase();
    match LEVELS.iter().find(|(level, _)| lower.starts_with(level)) {
        Some((level, _)) => errors.on(written, &rules::argument_value("level", format!("level = {level}"))),
        None => errors.on(written, &rules::log_level(text)),
    }
    None
}

/// Finds the parameter that the policies look at: the only value, or the one that `on` names.
fn policy_value(
    event: &Event<'_>,
    policies: &[Ident],
    args: &mut Args,
    errors: &mut Errors,
) -> Option<usize> {
    let values: Vec<usize> = event.values().map(|(index, ..)| index).collect();
    let choices = names(event.values().map(|(_, param, _)| &param.ident));
    let on_at = args.key("on").cloned();
    let on = args.take_ident("on", errors);
    match (policies.first(), on) {
        (None, _) => {
            if let Some(on_at) = on_at.filter(|_| !args.broken) {
                errors.on(on_at, &rules::unused_on());
            }
            None
        }
        (Some(_), Some(on)) => {
            let place = choices.iter().position(|name| on.unraw() == name);
            if place.is_none() {
                errors.on(&on, &rules::unknown_value(on.unraw(), value_instead(&on, &choices)));
            }
            place.and_then(|place| values.get(place).copied())
        }
        (Some(_), None) if on_at.is_some() => None,
        (Some(policy), None) => match values.as_slice() {
            [] => {
                // A parameter that could not be read may have been meant.
                if event.params.iter().all(|param| !matches!(param.role, Role::Unknown)) {
                    errors.on(policy, &rules::policy_value(policy));
                }
                None
            }
            [value] => Some(*value),
            _ => {
                errors.on(policy, &rules::policy_choice(policy, one_of_arguments("on", &choices)));
                None
            }
        },
    }
}
