//! `#[slo(...)]` on a method.

use super::alert::{is_url, labels, matching, named};
use super::matching::Selector;
use crate::attr::{self, Args};
use crate::errors::{Errors, one_of_arguments};
use crate::grammar::{SLO, SLO_DAYS};
use crate::metrics::model::{Event, Instrument, Slo};
use crate::{name, rules};
use quote::ToTokens;
use syn::{Attribute, Expr, LitStr};

const GOOD: Selector = Selector { key: "good", example: "good(status != \"5xx\")", plain: false };

const OF: Selector = Selector { key: "of", example: "of(route != \"/health\")", plain: false };

/// Adds each objective to the instrument that it is about.
pub fn slos(event: &mut Event<'_>, attrs: &[&Attribute], errors: &mut Errors) {
    for attr in attrs {
        let mut args = Args::of(attr, &SLO, false, errors);
        let Some(at) = instrument(event, &mut args, errors) else { continue };
        if let Some(slo) = slo(event, &event.instruments[at], &mut args, errors) {
            event.instruments[at].slos.push(slo);
        }
    }
}

/// Finds the instrument that `on` names, or the method's only one of the kind that the objective needs.
fn instrument(event: &Event<'_>, args: &mut Args, errors: &mut Errors) -> Option<usize> {
    if args.key("on").is_some() {
        let at = named(event, &args.take_ident("on", errors)?, errors)?;
        return fits(&event.instruments[at], args, errors).then_some(at);
    }
    let is_of_kind = |one: &Instrument| is_of_kind(one, args);
    let all = event.instruments.iter().enumerate();
    let fitting: Vec<usize> = all.filter(|(_, one)| is_of_kind(one)).map(|(at, _)| at).collect();
    match fitting.as_slice() {
        [at] => Some(*at),
        [] => {
            // The first one is as good as any to say that the objective fits none.
            let first = event.instruments.first()?;
            fits(first, args, errors);
            None
        }
        several => {
            let names: Vec<String> = several.iter().map(|at| event.instruments[*at].name.word()).collect();
            errors.at(args.span, &rules::slo_choice(one_of_arguments("on", &names)));
            None
        }
    }
}

/// Returns true if the instrument can be what the objective counts: numbers up to a bound, or events.
fn is_of_kind(instrument: &Instrument, args: &Args) -> bool {
    if args.key("below").is_some() { instrument.kind.buckets } else { instrument.kind.monotonic }
}

fn fits(instrument: &Instrument, args: &Args, errors: &mut Errors) -> bool {
    let fits = is_of_kind(instrument, args);
    if !fits {
        let help = match args.key("below") {
            Some(_) => "put it on a histogram, or say which events of a counter are `good(...)`",
            None if instrument.kind.buckets => "say up to which of its bounds: `below = 0.25`",
            None => "put it on a counter, or with `below` on a histogram",
        };
        errors.at(args.span, &rules::slo_kind(instrument.kind.grammar.attr, help));
    }
    fits
}

fn slo(event: &Event<'_>, instrument: &Instrument, args: &mut Args, errors: &mut Errors) -> Option<Slo> {
    let span = args.span;
    if let (Some(good), true) = (args.key("good"), instrument.kind.buckets) {
        errors.on(good, &rules::slo_good_bound());
    } else if !instrument.kind.buckets && !args.may_have("good") {
        errors.at(span, &rules::slo_good(instrument.name.word()));
    }
    let has_objective = args.may_have("objective");
    let objective = args.take_number("objective", errors);
    if !has_objective {
        errors.at(span, &rules::slo_objective_missing());
    }
    let good = matching(event, instrument, &GOOD, args, errors);
    let slo = Slo {
        span,
        name: args.take_text("name", errors).filter(|name| is_name(name, errors)),
        good,
        below: args.take_number("below", errors),
        of: matching(event, instrument, &OF, args, errors),
        window: args.take_text("window", errors).filter(|window| is_window(window, errors)),
        runbook: args.take_text("runbook", errors).filter(|text| is_url(text, errors)),
        labels: labels(event, instrument, args, errors),
        objective: objective?,
    };
    is_objective(&slo.objective, errors).then_some(slo)
}

fn is_objective(number: &Expr, errors: &mut Errors) -> bool {
    let fits = attr::number(number).is_some_and(|number| number > 0.0 && number < 1.0);
    if !fits {
        let shown = number.to_token_stream().to_string().replace("- ", "-");
        errors.on(number, &rules::slo_objective(shown));
    }
    fits
}

/// Checks for days or weeks, within the range for which burn rates make sense.
fn is_window(text: &LitStr, errors: &mut Errors) -> bool {
    let value = text.value();
    let days = |unit: char, days: u32| {
        value
            .strip_suffix(unit)?
            .parse::<u32>()
            .ok()?
            .checked_mul(days)
            .filter(|_| value.starts_with(|c: char| c.is_ascii_digit()))
    };
    let fits = days('d', 1).or_else(|| days('w', 7)).is_some_and(|days| SLO_DAYS.contains(&days));
    if !fits {
        errors.on(text, &rules::slo_window(&value));
    }
    fits
}

fn is_name(text: &LitStr, errors: &mut Errors) -> bool {
    let fits = name::metric_fault(&text.value()).is_none() && !text.value().contains('.');
    if !fits {
        errors.on(text, &rules::slo_name(text.to_token_stream()));
    }
    fits
}
