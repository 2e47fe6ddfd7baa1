//! Rules about guards: what is known at the start, what at the end, and what if the guard is dropped.

use crate::errors::Errors;
use crate::metrics::model::{End, Event, Instrument, InstrumentLabel, Label, Measure, Param, Role, Surface};
use crate::rules::{self, Message};
use crate::set::Set;
use crate::ty::{self, Sort};
use std::collections::BTreeMap;
use syn::{TraitItem, Type};

/// Checks the parameters of a method with a guard.
pub fn parameters(event: &Event<'_>, errors: &mut Errors) {
    if event.guard.is_none() {
        return;
    }
    for instrument in event.instruments.iter().filter(|one| matches!(one.measure, Measure::InFlight)) {
        in_flight_labels(event, instrument, errors);
    }
    for (index, param) in event.params.iter().enumerate() {
        match &param.end {
            Some(end) => at_end(event, index, param, end, errors),
            None if !event.is_elapsed(index) => at_start(param, errors),
            None => {}
        }
    }
}

/// Checks that an in-flight count has no label that only the end knows.
fn in_flight_labels(event: &Event<'_>, instrument: &Instrument, errors: &mut Errors) {
    for label in &instrument.labels {
        let InstrumentLabel::Param(index) = label else { continue };
        let param = &event.params[*index];
        if param.end.is_some() {
            errors.at(instrument.span, &rules::in_flight_end(param.name()));
        }
    }
}

/// Checks a parameter that is given at the end: a dropped guard must know a value for it.
fn at_end(event: &Event<'_>, index: usize, param: &Param<'_>, end: &End, errors: &mut Errors) {
    let optional = ty::option(param.ty).is_some();
    let ty = ty::show(param.ty);
    match &param.role {
        Role::Value(_) | Role::Context if optional => {}
        Role::Value(_) | Role::Context if end.default.is_none() || is_sampled(event, index) => {
            errors.on(&param.ident, &rules::end_value(param.name(), ty));
        }
        _ if optional || end.default.is_some() || matches!(param.role, Role::Unknown) => {}
        _ => errors.on(&param.ident, &rules::end_default(param.name(), default_of(param.ty, &ty))),
    }
}

/// Returns true if a default of this value would be a sample or a state that nobody measured: a sum takes 0.
fn is_sampled(event: &Event<'_>, index: usize) -> bool {
    let takes = |one: &&Instrument| matches!(one.measure, Measure::Param(at) if at == index);
    event.instruments.iter().filter(takes).any(|one| !one.kind.adds)
}

/// Returns the attribute to type for a parameter of this type.
fn default_of(ty: &Type, shown: &str) -> String {
    let value = match ty::sort(ty) {
        Sort::Bool => "false".to_owned(),
        Sort::Text => "\"aborted\"".to_owned(),
        sort if sort.is_integer() => "0".to_owned(),
        _ => format!("{}::Aborted", shown.split('<').next().unwrap_or(shown)),
    };
    format!("#[end(default = {value})]")
}

/// Checks that a guard can own a parameter that is given at the start.
fn at_start(param: &Param<'_>, errors: &mut Errors) {
    if let Some(message) = not_kept(param) {
        errors.on(param.ty, &message);
    }
}

/// Explains why a guard cannot keep a parameter.
fn not_kept(param: &Param<'_>) -> Option<Message> {
    let is_with = matches!(&param.role, Role::Label(Label { set: Set::With(_), .. }));
    let inner = ty::option(param.ty).unwrap_or(param.ty);
    let borrows = matches!(inner, Type::Reference(_)) || ty::show(inner).contains('\'');
    let is_object = matches!(param.role, Role::Context) && borrows && ty::sort(inner) != Sort::Text;
    if is_object {
        return Some(rules::guard_context(param.name(), ty::show(param.ty)));
    }
    (is_with && borrows).then(|| rules::guard_label(param.name(), ty::show(param.ty)))
}

/// Checks that the methods which start guards have names of their own.
pub fn names(surface: &Surface<'_>, errors: &mut Errors) {
    let methods: Vec<String> = surface
        .events
        .iter()
        .map(Event::name)
        .chain(surface.others.iter().filter_map(|item| match item {
            TraitItem::Fn(method) => Some(syn::ext::IdentExt::unraw(&method.sig.ident).to_string()),
            _ => None,
        }))
        .collect();
    let mut first: BTreeMap<String, &Event<'_>> = BTreeMap::new();
    for event in &surface.events {
        let Some(guard) = &event.guard else { continue };
        let start = syn::ext::IdentExt::unraw(&guard.start).to_string();
        if methods.contains(&start) || ["event", "guard_edge", "clone"].contains(&start.as_str()) {
            errors.on(&guard.start, &rules::guard_method(start, &surface.item.ident));
            continue;
        }
        match first.get(&start) {
            Some(earlier) if !earlier.alternative_to(event) => {
                errors.on(&guard.start, &rules::duplicate_guard(start, earlier.name()));
            }
            _ => drop(first.insert(start, event)),
        }
    }
}
