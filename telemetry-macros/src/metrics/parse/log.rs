//! `#[log(...)]` on a method.

use super::matching::{self, Selector};
use super::{context_as_value, names, value_instead};
use crate::attr::{self, Args};
use crate::errors::{Errors, instead, one_of_arguments};
use crate::grammar::{LEVELS, LOG};
use crate::metrics::model::{Event, Log, Matcher, Param, Role};
use crate::rules;
use crate::ty::{self, Sort};
use proc_macro2::{Ident, Span, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Expr, ExprLit, Lit, LitInt, LitStr};

/// The most decimals of a number on a line: nanoseconds.
const DECIMALS_MAX: u8 = 9;

/// Reads all of a method's. Returns the one for the calls that no case takes, and the cases, in their order.
pub fn logs(event: &Event<'_>, attrs: &[&Attribute], errors: &mut Errors) -> (Log, Vec<Log>) {
    let mut cases: Vec<Log> = Vec::new();
    let mut rest: Option<Log> = None;
    let mut name: Option<LitStr> = None;
    for attr in attrs {
        let (mut log, has_when) = log(event, attr, attrs, errors);
        match log.name.take() {
            Some(second) if name.is_some() => errors.on(&second, &rules::log_name_one()),
            given => name = name.or(given),
        }
        if has_when {
            if !log.when.is_empty() && cases.iter().any(|earlier| covers(earlier, &log)) {
                errors.on(attr.path(), &rules::log_when_covered());
            }
            cases.push(log);
        } else if rest.is_some() {
            errors.on(attr.path(), &rules::log_twice());
        } else {
            rest = Some(log);
        }
    }
    let mut log = rest.or_else(|| cases.pop()).unwrap_or_default();
    log.name = name;
    (log, cases)
}

/// Returns the word `only`, which says that the method feeds no instrument. All else depends on it, so that
/// it is looked for before the attributes are parsed.
pub fn only(attrs: &[&Attribute]) -> Option<Span> {
    let words = attrs.iter().filter_map(|attr| attr.meta.require_list().ok());
    words.flat_map(|list| list.tokens.clone()).find_map(|token| match token {
        TokenTree::Ident(word) if word == "only" => Some(word.span()),
        _ => None,
    })
}

/// Returns true if `earlier` takes all calls that `later` is for.
fn covers(earlier: &Log, later: &Log) -> bool {
    let has_all = |wide: &Matcher, narrow: &Matcher| {
        let has = |text: &LitStr| wide.values.iter().any(|value| value.value() == text.value());
        wide.label == narrow.label && narrow.values.iter().all(has)
    };
    !earlier.when.is_empty()
        && earlier.when.iter().all(|wide| later.when.iter().any(|narrow| has_all(wide, narrow)))
}

/// Reads one of the method's. Returns it, and whether it says `when`.
fn log(event: &Event<'_>, attr: &Attribute, all: &[&Attribute], errors: &mut Errors) -> (Log, bool) {
    let mut args = Args::of(attr, &LOG, true, errors);
    if let Some(off) = args.take_flag("off", errors) {
        let has_when = args.key("when").is_some();
        if has_when || all.len() > 1 {
            errors.at(off, &rules::log_off_when());
        } else if args.text.is_some() || args.rest().is_some() {
            errors.at(off, &rules::log_off());
        }
        return (Log { off: true, ..Log::default() }, has_when);
    }
    let policies: Vec<Ident> = ["or_above", "or_at_least", "or_below", "skip_zero"]
        .iter()
        .filter_map(|key| args.key(key).cloned())
        .collect();
    let on = policy_value(event, &policies, &mut args, errors);
    if let (Some(_), Some(second)) = (args.key("or_above"), args.key("or_at_least")) {
        errors.on(second, &rules::log_bounds());
    }
    let decimals = decimals(event, &mut args, errors);
    args.take_flag("only", errors);
    // One that cannot be read may be a `when`.
    let has_when = args.may_have("when");
    let log = Log {
        name: args.text.clone().filter(|name| is_name(name, errors)),
        off: false,
        level: args.take_expr("level", errors).and_then(|written| level(&written, errors)),
        target: args.take_text("target", errors).filter(|target| is_target(target, errors)),
        every: args.take_int("every", errors).filter(|every| is_every(every, errors)),
        or_above: args.take_number("or_above", errors),
        or_at_least: args.take_number("or_at_least", errors),
        or_below: args.take_number("or_below", errors),
        skip_zero: args.take_flag("skip_zero", errors).is_some(),
        decimals,
        on,
        when: when(event, &mut args, errors),
    };
    (log, has_when)
}

/// Takes `decimals`. The line has a number to which it can apply, as far as the types tell.
fn decimals(event: &Event<'_>, args: &mut Args, errors: &mut Errors) -> Option<LitInt> {
    let key = args.key("decimals").cloned();
    let decimals = args.take_int("decimals", errors)?;
    if decimals.base10_parse::<u8>().map_or(true, |decimals| decimals > DECIMALS_MAX) {
        errors.on(&decimals, &rules::log_decimals(DECIMALS_MAX));
        return None;
    }
    let is_whole = |param: &Param<'_>| {
        let sort = ty::sort(ty::option(param.ty).unwrap_or(param.ty));
        sort.is_integer() || matches!(sort, Sort::Bool | Sort::Text | Sort::Owned | Sort::Char)
    };
    let values = event.values().map(|(_, param, _)| param);
    if let Some(key) = key
        && !event.has_unknown()
        && values.chain(event.context()).all(is_whole)
    {
        errors.on(key, &rules::log_decimals_unused());
    }
    Some(decimals)
}

/// Takes `when(label = [values], ...)`. Its labels are parameters of the method.
fn when(event: &Event<'_>, args: &mut Args, errors: &mut Errors) -> Vec<Matcher> {
    let find = |ident: &Ident, errors: &mut Errors| {
        let written = ident.unraw().to_string();
        let found = event.labels().find(|(_, param, _)| param.name() == written);
        if found.is_none() && event.registration.iter().any(|param| param.name() == written) {
            // A handle's label is the same for all calls, and a line is chosen call by call.
            errors.on(ident, &rules::log_when_registration(written));
            return None;
        }
        // A parameter that could not be read may be the label.
        if found.is_none() && !event.has_unknown() {
            let names = names(event.labels().map(|(_, param, _)| &param.ident));
            let help = if names.is_empty() {
                "remove it: the method has no label".to_owned()
            } else {
                instead(&written, &names, "write")
            };
            errors.on(ident, &rules::log_when_label(written, help));
        }
        found.map(|(index, ..)| index)
    };
    let has_none = |label: &usize| event.params[*label].has_empty_none();
    let when = Selector { key: "when", example: "when(outcome = [\"failed\"])", plain: true };
    matching::matchers(args, &when, find, has_none, errors)
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
                let context = event.context().find(|param| on.unraw() == param.name());
                let help = context.map_or_else(|| value_instead(&on, &choices), context_as_value);
                errors.on(&on, &rules::unknown_value(on.unraw(), help));
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
