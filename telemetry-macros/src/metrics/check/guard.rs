//! Rules about guards: what is known at the start, what at the end, and what if the guard is dropped.

use crate::errors::Errors;
use crate::metrics::model::{End, Event, GuardClash, Instrument, Label, Measure, Param, Role, Surface};
use crate::rules::{self, Message};
use crate::set::Set;
use crate::ty::{self, Sort};
use quote::ToTokens;
use syn::Type;

/// Checks the parameters of a method with a guard.
pub fn parameters(event: &Event<'_>, errors: &mut Errors) {
    if event.guard.as_ref().is_none_or(|guard| guard.missing) {
        return;
    }
    for (index, param) in event.params.iter().enumerate() {
        match &param.end {
            Some(end) => at_end(event, index, param, end, errors),
            None if !event.is_elapsed(index) => at_start(param, errors),
            None => {}
        }
    }
}

/// Checks a parameter that is given at the end: a dropped guard must know a value for it.
fn at_end(event: &Event<'_>, index: usize, param: &Param<'_>, end: &End, errors: &mut Errors) {
    if ty::option(param.ty).is_some() || end.broken {
        return;
    }
    let ty = ty::show(param.ty);
    match &param.role {
        Role::Value(_) if end.default.is_none() || is_sampled(event, index) => {
            let why = "nothing is recorded that nobody measured";
            let instead = format!("take `Option<{ty}>`: it is `None` then, and {why}");
            errors.on(&param.ident, &rules::end_value(param.name(), instead));
        }
        Role::Context if end.default.is_none() => {
            let instead = format!("take `Option<{ty}>`: it is `None` then, and the line is without it");
            errors.on(&param.ident, &rules::end_value(param.name(), instead));
        }
        Role::Label(_) if end.default.is_none() => {
            errors.on(&param.ident, &rules::end_default(param.name(), default_of(param.ty, &ty)));
        }
        Role::Value(_) | Role::Context | Role::Label(_) | Role::Unknown => {}
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
        // One that borrows is a text with a name.
        _ => match shown.split_once('<') {
            Some((path, _)) => format!("{path}(\"aborted\")"),
            None => format!("{shown}::Aborted"),
        },
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
    let with = match &param.role {
        Role::Label(Label { set: Set::With(label), optional, .. }) => Some((label, *optional)),
        _ => None,
    };
    let inner = ty::option(param.ty).unwrap_or(param.ty);
    let borrows = matches!(inner, Type::Reference(_)) || ty::show(inner).contains('\'');
    let is_object = matches!(param.role, Role::Context) && borrows && ty::sort(inner) != Sort::Text;
    if is_object {
        return Some(rules::guard_context(param.name(), ty::show(param.ty)));
    }
    let (label, optional) = with.filter(|_| borrows)?;
    let label = label.to_token_stream().to_string().replace(' ', "");
    let label = if optional { format!("Option<{label}>") } else { label };
    Some(rules::guard_label(param.name(), ty::show(param.ty), label))
}

/// Checks that the methods which start guards, and the guards' types, have names of their own.
pub fn names(surface: &Surface<'_>, errors: &mut Errors) {
    for event in &surface.events {
        let (Some(guard), Some(clash)) = (&event.guard, surface.guard_clash(event)) else { continue };
        let of = &surface.item.ident;
        let message = match clash {
            GuardClash::Method => rules::guard_method(guard.start(), of),
            GuardClash::Start(first) => rules::duplicate_guard(guard.start(), first.name()),
            GuardClash::Type(first) => rules::guard_type(guard.type_name(of), first.name()),
        };
        errors.on(&guard.start, &message);
    }
}
