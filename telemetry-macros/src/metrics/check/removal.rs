//! Rules about removals: what they name has the labels that they take, with the same values.

use crate::errors::{Errors, instead};
use crate::metrics::model::{Event, InstrumentLabel, Param, Role, Surface};
use crate::set::Set;
use crate::{rules, ty};

/// Checks all removals.
pub fn removals(surface: &Surface<'_>, errors: &mut Errors) {
    for event in surface.events.iter().filter(|event| event.removal.is_some()) {
        names(surface, event, errors);
        for param in &event.params {
            parameter(surface, event, param, errors);
        }
        if event.params.is_empty() && event.sound {
            errors.on(&event.method.sig.ident, &rules::remove_without_label(event.name()));
        }
    }
}

/// Checks that all named instruments are there, and can end.
fn names(surface: &Surface<'_>, event: &Event<'_>, errors: &mut Errors) {
    for name in event.removal.iter().flat_map(|removal| &removal.instruments) {
        let Some((.., instrument)) = surface.instruments().find(|(.., one)| *name == one.name.word()) else {
            let choices: Vec<String> = surface.instruments().map(|(.., one)| one.name.word()).collect();
            errors.on(name, &rules::remove_unknown(name, instead(&name.to_string(), &choices, "write")));
            continue;
        };
        if instrument.kind.variant == "UpDownCounter" {
            errors.on(name, &rules::remove_up_down_counter(name));
        }
        if instrument.observed.is_some() {
            errors.on(name, &rules::remove_observed(name));
        }
    }
}

/// Checks that each named instrument has this label, in one set.
fn parameter(surface: &Surface<'_>, event: &Event<'_>, param: &Param<'_>, errors: &mut Errors) {
    let name = param.name();
    if param.end.is_some() || matches!(param.role, Role::Context) {
        return errors.on(&param.ident, &rules::remove_parameter(&name));
    }
    let mut first: Option<(&Event<'_>, &Set)> = None;
    for (of, _, instrument) in surface.removed(event) {
        let label = of.labels().find(|(_, other, _)| other.name() == name);
        let is_own = |index: usize| {
            instrument.labels.iter().any(|own| matches!(own, InstrumentLabel::Param(at) if *at == index))
        };
        let Some((_, other, label)) = label.filter(|(index, ..)| is_own(*index)) else {
            return errors.on(&param.ident, &rules::remove_label(&instrument.name.text, &name));
        };
        if ty::show(other.ty) != ty::show(param.ty) {
            return errors.on(param.ty, &rules::remove_type(&name, of.name(), ty::show(other.ty)));
        }
        match first {
            Some((first, _)) if is_capped(&label.set) && surface.group_of(first) != surface.group_of(of) => {
                return errors.on(&param.ident, &rules::remove_sets(&name, first.name(), of.name()));
            }
            Some(_) => {}
            None => first = Some((of, &label.set)),
        }
    }
}

/// Returns true if the parameter's method has texts of its own.
fn is_capped(set: &Set) -> bool {
    matches!(set, Set::Capped(_))
}
