//! The rules that need the whole of the model.

mod instrument;
mod label;

use super::model::{Event, Measure, Surface};
use crate::errors::Errors;
use crate::{name, rules};
use std::collections::{BTreeMap, BTreeSet};

/// Adds what is wrong.
pub fn surface(surface: &Surface<'_>, errors: &mut Errors) {
    namespace(surface, errors);
    methods(surface, errors);
    for event in &surface.events {
        unused_values(event, errors);
        label::labels(event, errors);
        for one in &event.instruments {
            instrument::instrument(event, one, errors);
        }
    }
    label::domains(surface, errors);
    clashes(surface, errors);
}

fn namespace(surface: &Surface<'_>, errors: &mut Errors) {
    let Some(namespace) = &surface.namespace else { return };
    if let Some(fault) = name::metric_fault(&namespace.value()) {
        errors.on(namespace, &rules::namespace(namespace.value(), fault));
    }
}

/// Names that the surface itself, or its mock, needs.
fn methods(surface: &Surface<'_>, errors: &mut Errors) {
    for event in &surface.events {
        let (name, ident) = (event.name(), &event.method.sig.ident);
        if name == "event" {
            errors.on(ident, &rules::reserved_method(&name));
        }
        let of = name.strip_suffix("_calls").unwrap_or_default();
        if surface.events.iter().any(|other| other.name() == of) {
            errors.on(ident, &rules::calls_method(&name, of));
        }
    }
}

fn unused_values(event: &Event<'_>, errors: &mut Errors) {
    let Some(first) = event.instruments.first() else { return };
    for (index, param, _) in event.values() {
        let used = |measure: &Measure| matches!(measure, Measure::Param(at) if *at == index);
        if !event.instruments.iter().any(|instrument| used(&instrument.measure)) {
            errors.on(&param.ident, &rules::unused_value(param.name(), first.kind.grammar.attr));
        }
    }
}

/// No two instruments may make one sample, unless two events feed one instrument by name.
fn clashes(surface: &Surface<'_>, errors: &mut Errors) {
    let mut samples: BTreeMap<String, &Event<'_>> = BTreeMap::new();
    for (event, _, instrument) in surface.instruments() {
        if let Some((first, index)) = surface.fed_first(event, instrument) {
            if !instrument.like(&first.instruments[index]) {
                let name = &instrument.name;
                errors.at(name.span, &rules::shared_kind(&name.text, first.name()));
            }
            continue;
        }
        let full = surface.full_name(instrument);
        // A family's own name is taken as well: OpenMetrics refuses a second family of that name.
        let suffixes: BTreeSet<&str> = instrument.kind.samples.iter().copied().chain([""]).collect();
        let names = suffixes.into_iter().map(|suffix| format!("{full}{suffix}"));
        let mut clash = None;
        for sample in names {
            match samples.get(&sample) {
                Some(first) if !first.alternative_to(event) => clash = clash.or(Some((sample, first.name()))),
                _ => drop(samples.insert(sample, event)),
            }
        }
        if let Some((sample, first)) = clash {
            errors.at(instrument.name.span, &rules::duplicate_name(sample, first));
        }
    }
}
