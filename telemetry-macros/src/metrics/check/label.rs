//! Rules about labels: their keys, and the sets that methods share which feed one instrument.

use crate::errors::Errors;
use crate::metrics::model::{Event, InstrumentLabel, Label, Param, Surface};
use crate::rules::Message;
use crate::set::Set;
use crate::set::check::{self, is_key};
use crate::ty::{self, Sort};
use crate::{name, rules};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Checks the labels of one method, and the names of its values in the log. A key that a type states is
/// checked by the library finds.
pub fn labels(event: &Event<'_>, errors: &mut Errors) {
    unbounded(event, errors);
    let values = value_keys(event, errors);
    let mut keys: Vec<String> = Vec::new();
    for (_, param, label) in event.labels() {
        if let Some(none) = &label.none {
            check::none(none, errors);
        }
        if param.key_from_type() {
            continue;
        }
        let key = param.key();
        let at = super::written_name(label.name.as_ref(), &param.ident);
        if let Some(alike) = keys.iter().find(|other| is_alike(&key, other)) {
            errors.on(at, &twice(&key, alike));
        } else if !event.log.off && name::LOG_KEYS.contains(&key.as_str()) {
            errors.on(at, &rules::log_key(&key));
        } else if event.has_registration_key(&key) {
            errors.on(at, &rules::registration_clash(&key));
        } else if !event.log.off && values.contains(&key) {
            errors.on(at, &rules::label_value_key(&key));
        } else if !event.log.off && event.context().any(|context| context.name() == key) {
            errors.on(at, &rules::context_label_key(&key));
        } else {
            is_key(&key, at, errors);
        }
        keys.push(key);
    }
}

/// Returns true if two keys are one, or are easily taken for one.
pub fn is_alike(key: &str, other: &str) -> bool {
    name::in_prometheus(key).eq_ignore_ascii_case(&name::in_prometheus(other))
}

/// Returns the message for a key that is alike an earlier one.
pub fn twice(key: &str, first: &str) -> Message {
    if key == first {
        rules::duplicate_label(key)
    } else if name::is_same_key(key, first) {
        rules::label_dots(key, first)
    } else {
        rules::label_case(key, first)
    }
}

/// Checks that text and integers have a set if an instrument keeps series by them. Log and mock need none.
fn unbounded(event: &Event<'_>, errors: &mut Errors) {
    if event.removal.is_some() || event.line_only {
        return;
    }
    for (index, param, label) in event.labels() {
        let is_own = |own: &InstrumentLabel| matches!(own, InstrumentLabel::Param(at) if *at == index);
        let mut instruments = event.instruments.iter();
        let kept = event.instruments.is_empty() || instruments.any(|one| one.labels.iter().any(is_own));
        if kept {
            bounded(param, label, errors);
        }
    }
}

/// Checks that a label by which series are kept has a set.
pub fn bounded(param: &Param<'_>, label: &Label, errors: &mut Errors) {
    if matches!(label.set, Set::Unbounded) {
        let is_text = ty::sort(ty::option(param.ty).unwrap_or(param.ty)) == Sort::Text;
        let rule = if is_text { rules::label_without_cap } else { rules::label_integer };
        errors.on(&param.ident, &rule(&param.ident));
    }
}

/// Returns the keys of the values. The only value of a gauge's line prints as `value`, whatever its name.
fn value_keys(event: &Event<'_>, errors: &mut Errors) -> Vec<String> {
    let values: Vec<&Param<'_>> = event.values().map(|(_, param, _)| param).collect();
    if event.is_gauge() && values.len() == 1 {
        return Vec::new();
    }
    for param in values.iter().filter(|_| !event.log.off) {
        let name = param.name();
        if name != "value" && name::LOG_KEYS.contains(&name.as_str()) {
            errors.on(&param.ident, &rules::log_value_key(name));
        }
    }
    values.iter().map(|param| param.name()).collect()
}

/// Checks that methods which feed an instrument in common state one cap or range for a key.
pub fn domains(surface: &Surface<'_>, errors: &mut Errors) {
    let mut first: BTreeMap<(usize, String), (&Event<'_>, &Set)> = BTreeMap::new();
    for event in &surface.events {
        let group = surface.group_of(event);
        for (_, param, label) in event.labels().filter(|(_, _, label)| is_said(&label.set)) {
            match first.entry((group, param.key())) {
                Entry::Occupied(found) if !same(found.get().1, &label.set) => {
                    errors.on(&param.ident, &rules::two_caps(param.key(), found.get().0.name()));
                }
                Entry::Occupied(_) => {}
                Entry::Vacant(place) => drop(place.insert((event, &label.set))),
            }
        }
    }
}

fn is_said(set: &Set) -> bool {
    matches!(set, Set::Capped(_) | Set::Range(_))
}

fn same(one: &Set, other: &Set) -> bool {
    match (one, other) {
        (Set::Capped(one), Set::Capped(other)) => one.same(other),
        (Set::Range(one), Set::Range(other)) => one == other,
        _ => false,
    }
}
