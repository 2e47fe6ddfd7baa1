//! Rules about labels that are given at registration.

use super::label::{bounded, is_alike, twice};
use super::written_name;
use crate::errors::Errors;
use crate::metrics::model::{Event, Role, Surface};
use crate::set::check::{self, is_key};
use crate::{name, rules};

/// Checks the labels by themselves, and what of the log line has their keys. The keys of methods' labels and
/// constants are checked against them where those are.
pub fn labels(surface: &Surface<'_>, errors: &mut Errors) {
    let logged: Vec<&Event<'_>> = surface.events.iter().filter(|event| !event.log.off).collect();
    let mut keys: Vec<String> = Vec::new();
    for param in surface.labels {
        let Role::Label(label) = &param.role else { continue };
        bounded(param, label, errors);
        if let Some(none) = &label.none {
            check::none(none, errors);
        }
        if param.key_from_type() {
            continue;
        }
        let key = param.key();
        let at = written_name(label.name.as_ref(), &param.ident);
        if let Some(alike) = keys.iter().find(|other| is_alike(&key, other)) {
            errors.on(at, &twice(&key, alike));
        } else if !logged.is_empty() && name::LOG_KEYS.contains(&key.as_str()) {
            errors.on(at, &rules::log_key(&key));
        } else {
            is_key(&key, at, errors);
            fields(&logged, &key, errors);
        }
        keys.push(key);
    }
}

/// Checks that no value and no context has the key on a log line. A gauge's only value prints as `value`.
fn fields(logged: &[&Event<'_>], key: &str, errors: &mut Errors) {
    for event in logged {
        let is_alone = event.is_gauge() && event.values().count() == 1;
        let values = event.values().filter(|_| !is_alone).map(|(_, param, _)| param);
        for param in values.chain(event.context()).filter(|param| param.name() == key) {
            errors.on(&param.ident, &rules::registration_clash(key));
        }
    }
}
