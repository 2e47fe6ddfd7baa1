//! `#[guard(...)]` on a method, and what a guard takes from the method's parameters.

use super::{names, value_instead};
use crate::attr::Args;
use crate::errors::{Errors, one_of_arguments};
use crate::grammar::GUARD;
use crate::metrics::model::{Event, Guard, Measure, Param, Role};
use crate::rules;
use proc_macro2::Span;
use quote::format_ident;
use syn::ext::IdentExt;
use syn::{Attribute, Ident};

/// Parses the guard of a method: one with `#[guard]`, or one with an instrument that is `in_flight`.
pub fn guard(event: &Event<'_>, attr: Option<&Attribute>, errors: &mut Errors) -> Option<Guard> {
    let mut args = attr.map(|attr| Args::named(attr, &GUARD, errors));
    if args.is_none() && !event.has_in_flight() {
        for param in &event.params {
            if let Some(end) = &param.end {
                errors.at(end.span, &rules::end_without_guard(&param.ident, event.name()));
            }
        }
        return None;
    }
    let explicit = args.as_mut().and_then(|args| args.name.take());
    let start = explicit
        .unwrap_or_else(|| format_ident!("start_{}", event.name(), span = event.method.sig.ident.span()));
    let span = args.as_ref().map_or_else(|| in_flight_span(event), |args| args.span);
    let broken = args.as_ref().is_some_and(|args| args.broken);
    let elapsed = args.as_mut().and_then(|args| args.take_ident("elapsed", errors));
    let given = elapsed.is_some();
    let elapsed = match elapsed {
        Some(ident) => named(event, &ident, errors),
        None if broken => None,
        None => only(event, span, errors),
    };
    let is_idle = elapsed.is_none() && !given && event.params.iter().all(|param| param.end.is_none());
    if is_idle && !event.has_in_flight() && !event.has_unknown() && !broken && durations(event).is_empty() {
        errors.at(span, &rules::idle_guard(event.name()));
    }
    Some(Guard { start, elapsed })
}

/// Returns the place of the first instrument that is in flight.
fn in_flight_span(event: &Event<'_>) -> Span {
    let mut instruments = event.instruments.iter();
    let first = instruments.find(|one| matches!(one.measure, Measure::InFlight));
    first.map_or_else(|| event.method.sig.ident.span(), |one| one.span)
}

/// Returns the parameters that a guard can measure: durations that nobody gives at the end.
fn durations<'e>(event: &'e Event<'_>) -> Vec<(usize, &'e Param<'e>)> {
    let values = event.values().filter(|(_, param, value)| value.duration && param.end.is_none());
    values.map(|(index, param, _)| (index, param)).collect()
}

/// Returns the parameter that `elapsed = ...` names.
fn named(event: &Event<'_>, ident: &Ident, errors: &mut Errors) -> Option<usize> {
    let written = ident.unraw().to_string();
    let index = event.params.iter().position(|param| param.name() == written);
    match index.map(|index| &event.params[index]) {
        Some(param) if param.end.is_some() => errors.on(ident, &rules::elapsed_end(written)),
        Some(Param { role: Role::Value(value), .. }) if value.duration => return index,
        Some(Param { role: Role::Unknown, .. }) => {}
        Some(_) => errors.on(ident, &rules::elapsed_type(written)),
        None => {
            let choices = names(durations(event).into_iter().map(|(_, param)| &param.ident));
            let help = if choices.is_empty() {
                format!("add a parameter `{written}: Duration`")
            } else {
                value_instead(ident, &choices)
            };
            errors.on(ident, &rules::unknown_value(written, help));
        }
    }
    None
}

/// Returns the only duration of the method, which a guard measures without being told.
fn only(event: &Event<'_>, span: Span, errors: &mut Errors) -> Option<usize> {
    match durations(event).as_slice() {
        [] => None,
        [(index, _)] => Some(*index),
        several => {
            let choices = names(several.iter().map(|(_, param)| &param.ident));
            errors.at(span, &rules::ambiguous_elapsed(event.name(), one_of_arguments("elapsed", &choices)));
            None
        }
    }
}
