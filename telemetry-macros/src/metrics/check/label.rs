//! Rules about labels: their keys, and the sets that a surface shares by key.

use crate::errors::Errors;
use crate::metrics::model::{Event, Surface};
use crate::set::{self, Set};
use crate::{name, rules};
use std::collections::BTreeMap;

/// The labels of one method. What a key from a type breaks, the library finds.
pub fn labels(event: &Event<'_>, errors: &mut Errors) {
    let mut keys: Vec<String> = event.values().map(|(_, param, _)| param.name()).collect();
    for (_, param, label) in event.labels() {
        let key = param.key();
        let at = set::at(label.name.as_ref(), &param.ident);
        if param.key_from_type() {
            continue;
        }
        if keys.contains(&key) {
            errors.on(at, &rules::duplicate_label(&key));
        } else if !event.log.off && name::LOG_KEYS.contains(&key.as_str()) {
            errors.on(at, &rules::log_key(&key));
        } else {
            set::is_key(&key, at, errors);
        }
        if let Some(none) = &label.none {
            set::is_text(none, errors);
        }
        keys.push(key);
    }
}

/// A cap or a range that a parameter states holds for its key in the whole surface.
pub fn domains(surface: &Surface<'_>, errors: &mut Errors) {
    let mut first: BTreeMap<String, &Set> = BTreeMap::new();
    for event in &surface.events {
        for (_, param, label) in event.labels() {
            let key = param.key();
            match first.get(&key) {
                _ if !is_said(&label.set) => {}
                Some(set) if !same(set, &label.set) => errors.on(&param.ident, &rules::two_caps(&key)),
                Some(_) => {}
                None => drop(first.insert(key, &label.set)),
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
