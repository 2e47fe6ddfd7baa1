//! `#[guard(...)]` on a method, and what a guard takes from the method's parameters.

use super::{names, value_instead};
use crate::attr::Args;
use crate::errors::{Errors, one_of_arguments};
use crate::grammar::GUARD;
use crate::metrics::model::{Event, Guard, Param, Role};
use crate::rules;
use crate::ty::{self, Sort};
use proc_macro2::Span;
use quote::format_ident;
use syn::ext::IdentExt;
use syn::{Attribute, Ident};

/// Parses the guard of a method: one with `#[guard]`, or one with an instrument that is `in_flight`.
pub fn guard(event: &Event<'_>, attr: Option<&Attribute>, errors: &mut Errors) -> Option<Guard> {
    let mut args = attr.map(|attr| Args::named(attr, &GUARD, errors));
    let missing = args.is_none() && !event.has_in_flight();
    if missing {
        // Once: one `#[guard]` is missing, however many parameters wait for it.
        let (param, end) = event.params.iter().find_map(|param| Some((param, param.end.as_ref()?)))?;
        errors.at(end.span, &rules::end_without_guard(&param.ident, event.name()));
    }
    let explicit = args.as_mut().and_then(|args| args.name.take());
    let start = explicit
        .unwrap_or_else(|| format_ident!("start_{}", event.name(), span = event.method.sig.ident.span()));
    let span = args.as_ref().map_or_else(|| in_flight_span(event), |args| args.span);
    let broken = args.as_ref().is_some_and(|args| args.broken);
    let elapsed = args.as_mut().and_then(|args| args.take_ident("elapsed", errors));
    let is_open = elapsed.is_none() && !broken && !missing;
    let elapsed = match elapsed {
        Some(ident) => named(event, &ident, errors),
        None if is_open => only(event, attr.is_some(), span, errors),
        // What could not be read may have named it.
        None => first_duration(event),
    };
    let is_idle = elapsed.is_none() && event.params.iter().all(|param| param.end.is_none());
    if is_idle && is_open && !event.has_in_flight() && !event.has_unknown() {
        errors.at(span, &rules::idle_guard(event.name()));
    }
    Some(Guard { start, elapsed, missing })
}

/// Returns the place of the first instrument that is in flight.
fn in_flight_span(event: &Event<'_>) -> Span {
    let mut instruments = event.instruments.iter();
    let first = instruments.find(|one| one.is_in_flight());
    first.map_or_else(|| event.method.sig.ident.span(), |one| one.span)
}

/// Returns the parameters that a guard can measure: durations that nobody gives at the end.
fn durations<'e>(event: &'e Event<'_>) -> Vec<(usize, &'e Param<'e>)> {
    let values =
        event.values().filter(|(_, param, value)| value.sort == Sort::Duration && param.end.is_none());
    values.map(|(index, param, _)| (index, param)).collect()
}

/// Returns the first of them, where there is an error about the one to measure: so that calls have the
/// number of arguments that was meant.
fn first_duration(event: &Event<'_>) -> Option<usize> {
    durations(event).first().map(|(index, _)| *index)
}

/// Returns the parameter that `elapsed = ...` names.
fn named(event: &Event<'_>, ident: &Ident, errors: &mut Errors) -> Option<usize> {
    let written = ident.unraw().to_string();
    let Some(index) = event.params.iter().position(|param| param.name() == written) else {
        let choices = names(durations(event).into_iter().map(|(_, param)| &param.ident));
        let help = if choices.is_empty() {
            format!("add a parameter `{written}: Duration`")
        } else {
            value_instead(ident, &choices)
        };
        errors.on(ident, &rules::unknown_value(written, help));
        return first_duration(event);
    };
    match &event.params[index] {
        param if param.end.is_some() => {
            errors.on(ident, &rules::elapsed_end(written));
            None
        }
        Param { role: Role::Value(value), .. } if value.sort == Sort::Duration => Some(index),
        Param { role: Role::Unknown, .. } => None,
        param => {
            errors.on(ident, &rules::elapsed_type(written, not_measured(event, param)));
            let is_label = matches!(param.role, Role::Label(_));
            if is_label { first_duration(event) } else { Some(index) }
        }
    }
}

/// Returns the help for an `elapsed` that names something else than a duration.
fn not_measured(event: &Event<'_>, param: &Param<'_>) -> String {
    let is_duration = ty::sort(ty::option(param.ty).unwrap_or(param.ty)) == Sort::Duration;
    if is_duration && matches!(param.role, Role::Context) {
        return format!("remove `#[context]` from `{}`: a guard measures a value", param.name());
    }
    match names(durations(event).into_iter().map(|(_, param)| &param.ident)).as_slice() {
        [] => "add a parameter of type `Duration`, and name that".to_owned(),
        choices => format!("write {}", one_of_arguments("elapsed", choices)),
    }
}

/// Returns the only duration of the method, which a guard measures without being told.
fn only(event: &Event<'_>, has_attr: bool, span: Span, errors: &mut Errors) -> Option<usize> {
    let durations = durations(event);
    if let [(_, first), _, ..] = durations.as_slice() {
        let choices = names(durations.iter().map(|(_, param)| &param.ident));
        let instead = if has_attr {
            format!("add {}", one_of_arguments("elapsed", &choices))
        } else {
            format!("add `#[guard(elapsed = {})]` to the method", first.name())
        };
        errors.at(span, &rules::ambiguous_elapsed(event.name(), instead));
    }
    first_duration(event)
}
