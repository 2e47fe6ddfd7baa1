//! `#[alert(...)]` on a method.

use super::matching::{self, Selector};
use crate::attr::{self, Args};
use crate::errors::{Errors, instead, one_of, one_of_arguments};
use crate::grammar::{ALERT, Kind, QUANTITIES, Quantity};
use crate::metrics::model::{Alert, AlertLabel, Event, Instrument, InstrumentLabel, Matcher, Measure, Role};
use crate::rules;
use crate::ty::Sort;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, LitStr, Token};

/// Adds each alert to the instrument that it looks at.
pub fn alerts(event: &mut Event<'_>, attrs: &[&Attribute], errors: &mut Errors) {
    for attr in attrs {
        let mut args = Args::of(attr, &ALERT, false, errors);
        let condition = condition(event, &args, errors);
        let Some((at, also)) = instrument(event, condition.as_ref(), &mut args, errors) else { continue };
        let Some(condition) = condition else { continue };
        if let Some(alert) = alert(event, &event.instruments[at], &condition, also, &mut args, errors) {
            event.instruments[at].alerts.push(alert);
        }
    }
}

impl Quantity {
    fn conditions(&self) -> impl Iterator<Item = &'static str> + use<> {
        [self.above, self.below].into_iter().filter(|name| !name.is_empty())
    }

    /// Returns true if the arguments that are given are those of this quantity.
    fn fits(&self, args: &Args) -> bool {
        let given = |part: &&&str| args.key(part).is_some();
        let parts = QUANTITIES.iter().flat_map(|quantity| quantity.takes);
        parts.filter(given).all(|part| self.takes.contains(part))
            && (self.needs.is_empty() || self.needs.iter().any(|part| args.key(part).is_some()))
    }
}

impl Kind {
    fn quantity(&self, condition: &Ident) -> Option<&'static Quantity> {
        let has = |quantity: &&&Quantity| quantity.conditions().any(|name| condition == name);
        self.quantities.iter().find(has).copied()
    }

    fn conditions(&self) -> Vec<&'static str> {
        self.quantities.iter().flat_map(|quantity| quantity.conditions()).collect()
    }
}

/// Returns the argument that states the threshold, and reports none or several.
fn condition(event: &Event<'_>, args: &Args, errors: &mut Errors) -> Option<Ident> {
    let mut keys: Vec<&str> = QUANTITIES.iter().flat_map(|quantity| quantity.conditions()).collect();
    keys.sort_unstable();
    keys.dedup();
    let given: Vec<&Ident> = keys.into_iter().filter_map(|key| args.key(key)).collect();
    match given.as_slice() {
        [one] => return Some((*one).clone()),
        [] if args.broken => {}
        [] => {
            let first = event.instruments.first();
            let examples = first.map_or_else(Vec::new, |one| examples(&one.kind.conditions()));
            errors.at(args.span, &rules::alert_condition(format!("add {}", one_of(&examples))));
        }
        _ => {
            errors.at(args.span, &rules::alert_condition("remove one, and put it into an alert of its own"));
        }
    }
    None
}

/// Returns an example to type for each of these arguments.
fn examples(keys: &[&str]) -> Vec<&'static str> {
    ALERT.keys.iter().filter(|key| keys.contains(&key.name)).map(|key| key.example).collect()
}

/// Finds the instrument that `on` names, or the method's only one that the alert fits. `on` may name counters
/// of other methods after it.
fn instrument(
    event: &Event<'_>,
    condition: Option<&Ident>,
    args: &mut Args,
    errors: &mut Errors,
) -> Option<(usize, Vec<Ident>)> {
    let names: Vec<String> = event.instruments.iter().map(|one| one.name.word()).collect();
    if args.key("on").is_some() {
        let mut on = args.take_idents("on", errors).into_iter();
        return Some((named(event, &on.next()?, errors)?, on.collect()));
    }
    let all = 0..event.instruments.len();
    let quantity = |at: usize| event.instruments[at].kind.quantity(condition?);
    let having: Vec<usize> = all.clone().filter(|at| quantity(*at).is_some()).collect();
    let fitting: Vec<usize> = having
        .iter()
        .copied()
        .filter(|at| quantity(*at).is_some_and(|quantity| quantity.fits(args)))
        .collect();
    // The first one is as good as any to say that the alert fits none.
    let choices = [fitting, having, all.take(1).collect()];
    match choices.iter().find(|choices| !choices.is_empty())?.as_slice() {
        [at] => Some((*at, Vec::new())),
        several => {
            let names: Vec<String> = several.iter().map(|at| names[*at].clone()).collect();
            errors.at(args.span, &rules::alert_choice(one_of_arguments("on", &names)));
            None
        }
    }
}

/// Returns the index of the method's instrument of this name.
pub fn named(event: &Event<'_>, name: &Ident, errors: &mut Errors) -> Option<usize> {
    let names: Vec<String> = event.instruments.iter().map(|one| one.name.word()).collect();
    let at = names.iter().position(|other| name == other);
    if at.is_none() {
        let help = instead(&name.to_string(), &names, "write");
        errors.on(name, &rules::alert_instrument(name, help));
    }
    at
}

fn alert(
    event: &Event<'_>,
    instrument: &Instrument,
    condition: &Ident,
    also: Vec<Ident>,
    args: &mut Args,
    errors: &mut Errors,
) -> Option<Alert> {
    let Some(quantity) = instrument.kind.quantity(condition) else {
        let (attr, choices) = (instrument.kind.grammar.attr, one_of(&instrument.kind.conditions()));
        errors.on(condition, &rules::alert_kind(condition, attr, choices));
        return None;
    };
    parts(instrument, quantity, condition, args, errors);
    let span = args.span;
    let threshold = args.take_number(&condition.to_string(), errors);
    let has = |part: &str| quantity.takes.contains(&part);
    if let Some(other) = also.first().filter(|_| !instrument.kind.monotonic) {
        errors.on(other, &rules::alert_on(condition, instrument.name.word()));
    }
    if quantity.variant == "Age" {
        age(event, instrument, condition, errors);
    }
    let to = if has("to") { args.take_idents("to", errors) } else { Vec::new() };
    let quantile = args.take_number("quantile", errors).filter(|_| has("quantile"));
    if let Some(threshold) = threshold.as_ref().filter(|_| quantity.natural) {
        is_threshold(condition, quantity, threshold, !to.is_empty(), errors);
    }
    Some(Alert {
        span,
        quantity,
        above: condition == quantity.above,
        threshold: threshold?,
        quantile: quantile.filter(|number| is_quantile(number, errors)),
        of: of(event, instrument, &to, args, errors),
        to,
        also,
        matching: matching(event, instrument, &MATCHING, args, errors),
        by: by(event, instrument, args, errors),
        over: args.take_text("over", errors).filter(|text| is_window(text, errors)),
        hold: args.take_text("for", errors).filter(|text| is_duration(text, "for", errors)),
        severity: args.take_text("severity", errors).filter(|text| is_severity(text, errors)),
        name: args.take_text("name", errors).filter(|text| is_name(text, errors)),
        runbook: args.take_text("runbook", errors).filter(|text| is_url(text, errors)),
        labels: labels(event, instrument, args, errors),
    })
}

/// Checks the other arguments: only those that go with the condition, and all that it needs.
fn parts(instrument: &Instrument, quantity: &Quantity, condition: &Ident, args: &Args, errors: &mut Errors) {
    for key in ALERT.keys.iter().filter(|key| is_part(key.name) && !quantity.takes.contains(&key.name)) {
        let Some(part) = args.key(key.name) else { continue };
        let takers = QUANTITIES.iter().filter(|quantity| quantity.takes.contains(&key.name));
        // A histogram has the conditions of a gauge: it is its quantile that tells them apart.
        let named = takers.flat_map(|taker| match taker.needs {
            [need] if *need != key.name => vec![*need],
            _ => taker.conditions().collect(),
        });
        errors.on(part, &rules::alert_part(key.name, condition, one_of(&named.collect::<Vec<_>>())));
    }
    let lacks = !quantity.needs.is_empty() && quantity.needs.iter().all(|part| !args.may_have(part));
    match quantity.needs {
        _ if !lacks => {}
        [_] => errors.on(condition, &rules::alert_quantile(instrument.kind.grammar.attr)),
        _ => errors.on(condition, &rules::alert_share(condition)),
    }
}

/// Returns true if an argument goes with some conditions and not with others.
fn is_part(key: &str) -> bool {
    QUANTITIES.iter().any(|quantity| quantity.takes.contains(&key))
}

/// Checks that the threshold is a number that rates and ratios can pass in both directions.
fn is_threshold(
    condition: &Ident,
    quantity: &Quantity,
    threshold: &Expr,
    divided: bool,
    errors: &mut Errors,
) {
    let number = attr::number(threshold).unwrap_or_default();
    let above = condition == quantity.above;
    let share = quantity.needs.contains(&"to") && !divided;
    let too_low = if above { number < 0.0 } else { number <= 0.0 };
    let too_high = share && if above { number >= 1.0 } else { number > 1.0 };
    if too_low || too_high {
        let help = match (share, above) {
            (true, _) => "a share of all is 0 to 1: write `0.05` for 5 %",
            (false, true) => "it is never below zero: write a larger number",
            (false, false) => "it is never below zero: write a larger number, such as `0.001`",
        };
        let shown = threshold.to_token_stream().to_string().replace("- ", "-");
        errors.on(threshold, &rules::alert_threshold(condition, shown, help));
    }
}

fn is_quantile(number: &Expr, errors: &mut Errors) -> bool {
    let fits = attr::number(number).is_some_and(|number| number > 0.0 && number < 1.0);
    if !fits {
        errors.on(
            number,
            &rules::alert_quantile_range(number.to_token_stream().to_string().replace("- ", "-")),
        );
    }
    fits
}

const MATCHING: Selector = Selector { key: "matching", example: "matching(status = \"5xx\")", plain: false };

const OF: Selector = Selector { key: "of", example: "of(status != \"4xx\")", plain: false };

/// Takes an argument that selects series of the instrument.
pub fn matching(
    event: &Event<'_>,
    instrument: &Instrument,
    selector: &Selector,
    args: &mut Args,
    errors: &mut Errors,
) -> Vec<Matcher> {
    let find = |ident: &Ident, errors: &mut Errors| label(event, instrument, ident, &[], errors);
    let has_none = |label: &usize| match instrument.labels[*label] {
        InstrumentLabel::Registration(index) => event.registration[index].has_empty_none(),
        InstrumentLabel::Param(index) => event.params[index].has_empty_none(),
        InstrumentLabel::Constant { .. } => false,
    };
    matching::matchers(args, selector, find, has_none, errors)
}

/// Takes `of(...)`. Which labels there are, is only known with all methods if `to` names counters.
fn of(
    event: &Event<'_>,
    instrument: &Instrument,
    to: &[Ident],
    args: &mut Args,
    errors: &mut Errors,
) -> Vec<Matcher<Ident>> {
    let find = |ident: &Ident, errors: &mut Errors| {
        let is_known = !to.is_empty() || label(event, instrument, ident, &[], errors).is_some();
        is_known.then(|| ident.clone())
    };
    matching::matchers(args, &OF, find, |_| true, errors)
}

/// The labels that a rule has in any case, or Prometheus adds.
const TAKEN: [&str; 6] = ["alertname", "instance", "job", "owner", "severity", "slo"];

/// Takes `labels(team = "payments")`.
pub fn labels(
    event: &Event<'_>,
    instrument: &Instrument,
    args: &mut Args,
    errors: &mut Errors,
) -> Vec<(Ident, LitStr)> {
    let Some((at, list)) = args.take_list("labels", errors) else { return Vec::new() };
    let parse = |input: ParseStream<'_>| {
        let key = input.call(Ident::parse_any)?;
        input.parse::<Token![=]>()?;
        Ok((key, input.parse::<LitStr>()?))
    };
    let entries = |input: ParseStream<'_>| Punctuated::<_, Token![,]>::parse_terminated_with(input, parse);
    let Some(entries) = entries.parse2(list).ok().filter(|entries| !entries.is_empty()) else {
        errors.on(at, &rules::argument_value("labels", "labels(team = \"payments\")"));
        return Vec::new();
    };
    let mut kept: Vec<(Ident, LitStr)> = Vec::new();
    for (key, value) in entries {
        let name = key.unraw().to_string();
        if TAKEN.contains(&name.as_str()) || instrument.label_names(event).contains(&name) {
            errors.on(&key, &rules::alert_label_taken(&name));
        } else if kept.iter().any(|(earlier, _)| *earlier == key) {
            errors.on(&key, &rules::duplicate_label(&name));
        } else if value.value().trim().is_empty() {
            errors.on(&value, &rules::argument_value("labels", "labels(team = \"payments\")"));
        } else {
            kept.push((key, value));
        }
    }
    kept
}

/// Checks that a gauge shows a point in time: only that has an age.
fn age(event: &Event<'_>, instrument: &Instrument, condition: &Ident, errors: &mut Errors) {
    let of_type = match instrument.measure {
        Measure::Param(index) => event.params.get(index).and_then(|param| match &param.role {
            Role::Value(value) => Some(value.sort),
            Role::Label(_) | Role::Context | Role::Unknown => None,
        }),
        _ => None,
    };
    let is_seconds = instrument.unit.is_some_and(|unit| unit.name == "seconds");
    if !is_seconds || of_type == Some(Sort::Duration) {
        errors.on(condition, &rules::alert_age(&instrument.name.text));
    }
}

/// Takes `by(label, ...)`: labels of the instrument, and `instance`.
fn by(event: &Event<'_>, instrument: &Instrument, args: &mut Args, errors: &mut Errors) -> Vec<AlertLabel> {
    let Some((at, list)) = args.take_list("by", errors) else { return Vec::new() };
    let Some(idents) = idents(list) else {
        errors.on(at, &rules::argument_value("by", "by(queue)"));
        return Vec::new();
    };
    let mut kept: Vec<AlertLabel> = Vec::new();
    for ident in idents {
        let own = instrument.label_names(event);
        let one = if ident.unraw() == "instance" && !own.iter().any(|name| name == "instance") {
            Some(AlertLabel::Instance)
        } else {
            label(event, instrument, &ident, &["instance"], errors)
                .map(|at| AlertLabel::Own(ident.clone(), at))
        };
        let same = |a: &AlertLabel, b: &AlertLabel| match (a, b) {
            (AlertLabel::Own(_, a), AlertLabel::Own(_, b)) => a == b,
            (AlertLabel::Instance, AlertLabel::Instance) => true,
            _ => false,
        };
        match one {
            Some(one) if kept.iter().any(|earlier| same(earlier, &one)) => {
                errors.on(&ident, &rules::duplicate_label(ident.unraw()));
            }
            one => kept.extend(one),
        }
    }
    kept
}

fn idents(list: TokenStream) -> Option<Vec<Ident>> {
    let idents = Punctuated::<Ident, Token![,]>::parse_terminated_with;
    let parse = |input: ParseStream<'_>| idents(input, Ident::parse_any);
    parse.parse2(list).ok().filter(|idents| !idents.is_empty()).map(|idents| idents.into_iter().collect())
}

/// Finds a label's index among those of the instrument, by its parameter's name or its constant key.
fn label(
    event: &Event<'_>,
    instrument: &Instrument,
    ident: &Ident,
    besides: &[&str],
    errors: &mut Errors,
) -> Option<usize> {
    let mut names = instrument.label_names(event);
    let written = ident.unraw().to_string();
    let at = names.iter().position(|name| *name == written);
    if at.is_none() {
        names.extend(besides.iter().map(|name| (*name).to_owned()));
        let help = if names.is_empty() {
            "remove it: the instrument has no label".to_owned()
        } else {
            instead(&written, &names, "write")
        };
        errors.on(ident, &rules::alert_label(written, help));
    }
    at
}

/// Checks for a duration as Prometheus writes it, of one unit or several, the largest first: `1m`, `1h30m`.
fn is_duration(text: &LitStr, key: &str, errors: &mut Errors) -> bool {
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
        errors.on(text, &rules::alert_for(&value, key));
    }
    fits
}

fn is_window(text: &LitStr, errors: &mut Errors) -> bool {
    if !is_duration(text, "over", errors) {
        return false;
    }
    let fits = text.value().contains(|c: char| ('1'..='9').contains(&c));
    if !fits {
        errors.on(text, &rules::alert_over(text.value()));
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

pub fn is_url(text: &LitStr, errors: &mut Errors) -> bool {
    let value = text.value();
    let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    let fits = rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_graphic()));
    if !fits {
        errors.on(text, &rules::alert_runbook(text.to_token_stream()));
    }
    fits
}
