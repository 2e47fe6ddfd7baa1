//! The rules that need the whole of the model.

mod alert;
mod context;
mod guard;
mod instrument;
mod label;
mod log;
mod registration;
mod removal;

use super::family::Family;
use super::model::{Event, Instrument, Measure, Namespace, Surface, Value};
use crate::errors::Errors;
use crate::ty::Sort;
use crate::{name, rules};
use quote::ToTokens;
use std::collections::BTreeMap;
use syn::{Ident, LitStr};

/// Adds what is wrong.
pub fn surface(surface: &Surface<'_>, errors: &mut Errors) {
    namespace(surface, errors);
    methods(surface, errors);
    registration::labels(surface, errors);
    for event in &surface.events {
        unused_values(event, errors);
        label::labels(event, errors);
        context::names(event, errors);
        for one in &event.instruments {
            instrument::instrument(surface, event, one, errors);
        }
        instrument::observed(event, errors);
        instrument::totals(event, errors);
        guard::parameters(event, errors);
    }
    guard::names(surface, errors);
    removal::removals(surface, errors);
    label::domains(surface, errors);
    clashes(surface, errors);
    log::names(surface, errors);
    alert::alerts(surface, errors);
    alert::slos(surface, errors);
}

fn namespace(surface: &Surface<'_>, errors: &mut Errors) {
    // The library checks a constant's text.
    let Some(Namespace::Literal(namespace)) = &surface.namespace else { return };
    if let Some(fault) = name::written_fault(&namespace.value(), surface.has_suffixes()) {
        errors.on(namespace, &rules::namespace(namespace.value(), fault));
    }
}

/// Checks that the methods leave the mock the names that it needs.
fn methods(surface: &Surface<'_>, errors: &mut Errors) {
    for event in &surface.events {
        let (name, ident) = (event.name(), &event.method.sig.ident);
        let of = name.strip_suffix("_calls").unwrap_or_default();
        if surface.events.iter().any(|other| other.name() == of) {
            errors.on(ident, &rules::calls_method(&name, of));
        }
    }
}

fn unused_values(event: &Event<'_>, errors: &mut Errors) {
    // An argument that could not be read may have meant any of them.
    if event.instruments.iter().any(|one| matches!(one.measure, Measure::Unknown)) {
        return;
    }
    let is_fed = |one: &&Instrument| !matches!(one.measure, Measure::InFlight);
    let Some(first) = event.instruments.iter().find(is_fed) else { return };
    let free = event.instruments.iter().find(|one| matches!(one.measure, Measure::Calls));
    for (index, param, value) in event.values() {
        let takes = |one: &Instrument| matches!(one.measure, Measure::Param(at) if at == index);
        if !event.instruments.iter().any(takes) {
            let instead = taken_by(&param.name(), value, free, first);
            errors.on(&param.ident, &rules::unused_value(param.name(), instead));
        }
    }
}

/// Returns the help for a value that no instrument takes: `free` is an instrument without one.
fn taken_by(name: &str, value: &Value, free: Option<&Instrument>, first: &Instrument) -> String {
    let gauge = format!("add `#[gauge(name = \"...\", value = {name})]`");
    match value.sort {
        Sort::Bool => return format!("remove `#[value]`, so that it is a label, or {gauge}"),
        Sort::Time => return gauge,
        _ => {}
    }
    let Some(free) = free else {
        return format!("add `#[{}(name = \"...\", value = {name})]`", first.kind.grammar.attr);
    };
    let or = if value.sort.is_integer() {
        "make it a label: `#[label(range = 0..=9)]`"
    } else {
        "remove the parameter"
    };
    format!("add `value = {name}` to `#[{}]` to sum it, or {or}", free.kind.grammar.attr)
}

/// Checks that no two instruments make one sample, unless two events feed one instrument by name.
fn clashes(surface: &Surface<'_>, errors: &mut Errors) {
    let mut taken = Taken::default();
    let well_named = surface.instruments().filter(|(_, _, one)| instrument::name_fault(one).is_none());
    for (event, _, instrument) in well_named {
        if let Some((first, index)) = surface.fed_first(event, instrument) {
            let (name, other) = (&instrument.name, &first.instruments[index]);
            if instrument.is_in_flight() != other.is_in_flight() {
                errors.at(name.span, &rules::shared_in_flight(&name.text, first.name()));
            } else if instrument.like(other) && instrument.total.is_some() && instrument.same_labels(other) {
                errors.at(name.span, &rules::total_shared(&name.text));
            } else if !instrument.like(other) {
                errors.at(name.span, &rules::shared_kind(&name.text, first.name()));
            } else if std::ptr::eq(first, event) && instrument.same_labels(other) {
                let sample = surface.spell(instrument, |spelling| spelling.present().text_name());
                errors.at(name.span, &rules::duplicate_name(sample, first.name()));
            }
            continue;
        }
        taken.instrument(surface, event, instrument, errors);
    }
}

/// The names that the instruments so far have taken, each with the event of its instrument.
#[derive(Default)]
struct Taken<'e> {
    prometheus: BTreeMap<String, &'e Event<'e>>,
    /// The names in OTLP and statsd.
    dotted: BTreeMap<String, &'e Event<'e>>,
}

/// A name that is taken, and the method that has it.
type Clash = (String, String);

impl<'e> Taken<'e> {
    /// Takes all names of an instrument.
    fn instrument(
        &mut self,
        surface: &Surface<'_>,
        event: &'e Event<'e>,
        instrument: &Instrument,
        errors: &mut Errors,
    ) {
        let (present, former) = surface.spell(instrument, |spelling| (spelling.present(), spelling.former()));
        let clash = self.prometheus(event, &present).or_else(|| self.dotted(event, &present));
        if let Some((sample, first)) = clash {
            errors.at(instrument.name.span, &rules::duplicate_name(sample, first));
        }
        let Some((was, former)) = instrument.was.as_ref().zip(former) else { return };
        if instrument::was_fault(surface, instrument, &was.name.value()).is_some() {
            return;
        }
        let is_dotted = former.dotted != present.dotted;
        let clash = self.prometheus(event, &former);
        let clash = clash.or_else(|| if is_dotted { self.dotted(event, &former) } else { None });
        if let Some((sample, first)) = clash {
            errors.on(&was.name, &rules::duplicate_name(sample, first));
        }
    }

    /// Takes the names of a family in Prometheus. Returns the first that is taken.
    fn prometheus(&mut self, event: &'e Event<'e>, family: &Family) -> Option<Clash> {
        let mut clash = None;
        for name in family.taken() {
            clash = clash.or(take(&mut self.prometheus, event, name));
        }
        clash
    }

    /// Takes the name of a family in OTLP and statsd. Returns it if it is taken.
    fn dotted(&mut self, event: &'e Event<'e>, family: &Family) -> Option<Clash> {
        take(&mut self.dotted, event, family.dotted.clone())
    }
}

fn take<'e>(
    names: &mut BTreeMap<String, &'e Event<'e>>,
    event: &'e Event<'e>,
    name: String,
) -> Option<Clash> {
    match names.get(&name) {
        Some(first) if !first.alternative_to(event) => Some((name, first.name())),
        _ => {
            names.insert(name, event);
            None
        }
    }
}

/// Returns the token for an error about an optional name: the name, or the identifier that it replaces.
fn written_name<'a>(name: Option<&'a LitStr>, ident: &'a Ident) -> &'a dyn ToTokens {
    match name {
        Some(name) => name,
        None => ident,
    }
}
