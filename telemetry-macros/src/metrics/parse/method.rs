//! One method of the trait: its shape, its parameters, and which of its attributes are ours.

use super::{alert, guard, help, instrument, log, param, removal, shape, slo};
use crate::errors::Errors;
use crate::grammar::{ALERT, GUARD, KINDS, Kind, LOG, PARAMETERS_MAX, REMOVE, SLO, method_attributes};
use crate::metrics::model::{Event, Log, Param};
use crate::{name, rules};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Path, Token, TraitItemFn};

/// The attributes of a method, sorted.
#[derive(Default)]
struct Attrs<'a> {
    kinds: Vec<(&'static Kind, &'a Attribute)>,
    log: Vec<&'a Attribute>,
    alerts: Vec<&'a Attribute>,
    slos: Vec<&'a Attribute>,
    guards: Vec<&'a Attribute>,
    removals: Vec<&'a Attribute>,
    cfgs: Vec<&'a Attribute>,
    others: Vec<&'a Attribute>,
}

impl<'a> Attrs<'a> {
    /// Returns what `#[log(only)]` excludes.
    fn feeds(&self) -> impl Iterator<Item = &'a Attribute> {
        let kinds = self.kinds.iter().map(|(_, attr)| *attr);
        kinds.chain(self.alerts.iter().chain(&self.slos).chain(&self.removals).copied())
    }
}

/// Parses the method as an event; returns nothing for a plain helper.
pub fn event<'a>(
    method: &'a TraitItemFn,
    registration: &'a [Param<'a>],
    errors: &mut Errors,
) -> Option<Event<'a>> {
    let attrs = sort(&method.attrs, errors);
    let ident = &method.sig.ident;
    let helper = shape::is_helper(method);
    if helper && shape::is_dispatched(&method.sig) {
        return None;
    }
    let sound = !helper && shape::is_sound(&method.sig, errors);
    let only = log::only(&attrs.log);
    if helper {
        errors.on(ident, &rules::helper(ident));
    } else if let (Some(only), Some(first)) = (only, attrs.feeds().next()) {
        errors.at(only, &rules::log_only(ident, display_path(first.path())));
    } else if only.is_none() && attrs.kinds.is_empty() && attrs.removals.is_empty() {
        // With a misspelt kind the method has an error already.
        if !attrs.others.iter().any(|attr| misspelt(attr).is_some()) {
            errors.on(ident, &rules::no_kind(ident));
        }
    } else if let Some(body) = &method.default {
        errors.at(body.brace_token.span.open(), &rules::body(ident));
    }
    let fields = registration.len() + method.sig.inputs.len() - 1;
    if sound && !registration.is_empty() && fields > PARAMETERS_MAX {
        errors.on(ident, &rules::registration_fields(ident, PARAMETERS_MAX));
    }
    let (section, help) = section(help(&method.attrs, errors));
    let mut event = Event {
        method,
        section,
        help,
        registration,
        params: if sound { param::params(&method.sig, errors) } else { Vec::new() },
        instruments: Vec::new(),
        log: Log::default(),
        log_cases: Vec::new(),
        guard: None,
        removal: removal::removal(&attrs.removals, errors),
        line_only: only.is_some(),
        cfgs: attrs.cfgs,
        attrs: attrs.others.into_iter().filter(|attr| is_kept(attr)).collect(),
        sound,
        generic: shape::is_generic(&method.sig),
    };
    if event.help.is_empty() && !helper {
        errors.on(ident, &rules::no_description(ident));
    }
    if event.removal.is_some() {
        let others = attrs
            .kinds
            .iter()
            .map(|(_, attr)| attr)
            .chain(&attrs.alerts)
            .chain(&attrs.slos)
            .chain(&attrs.guards);
        for other in others {
            errors.on(other.path(), &rules::remove_alone(display_path(other.path())));
        }
        (event.log, event.log_cases) = log::logs(&event, &attrs.log, errors);
        for log in event.log_cases.iter_mut().chain([&mut event.log]) {
            log.level.get_or_insert("DEBUG");
        }
    } else if sound {
        event.instruments = instrument::instruments(&event, &attrs.kinds, errors);
        alert::alerts(&mut event, &attrs.alerts, errors);
        slo::slos(&mut event, &attrs.slos, errors);
        (event.log, event.log_cases) = log::logs(&event, &attrs.log, errors);
        event.guard = guard::guard(&event, attrs.guards.first().copied(), errors);
    }
    Some(event)
}

/// Takes a heading in front of the description.
fn section(mut help: Vec<String>) -> (Option<String>, Vec<String>) {
    let section =
        help.first().and_then(|first| first.strip_prefix("# ")).map(|title| title.trim().to_owned());
    if section.is_some() {
        help.remove(0);
    }
    (section, help)
}

fn sort<'a>(attrs: &'a [Attribute], errors: &mut Errors) -> Attrs<'a> {
    let mut sorted = Attrs::default();
    for attr in attrs {
        let path = attr.path();
        if let Some(kind) = KINDS.iter().find(|kind| path.is_ident(kind.grammar.attr)) {
            sorted.kinds.push((kind, attr));
        } else if path.is_ident(LOG.attr) {
            sorted.log.push(attr);
        } else if path.is_ident(ALERT.attr) {
            sorted.alerts.push(attr);
        } else if path.is_ident(SLO.attr) {
            sorted.slos.push(attr);
        } else if path.is_ident(GUARD.attr) {
            sorted.guards.push(attr);
        } else if path.is_ident(REMOVE) {
            sorted.removals.push(attr);
        } else {
            if path.is_ident("cfg") {
                sorted.cfgs.push(attr);
            }
            for path in carried(&attr.meta) {
                errors.on(&path, &rules::cfg_attr(path.to_token_stream()));
            }
            if let Some(like) = misspelt(attr) {
                errors.on(path, &rules::unknown_attribute(display_path(path), like));
            }
            sorted.others.push(attr);
        }
    }
    if let Some(second) = sorted.guards.get(1) {
        errors.on(second.path(), &rules::duplicate_attribute(GUARD.attr));
    }
    sorted
}

/// Attributes of rustc that are an edit or two away from ours.
const NOT_MISSPELT: &[&str] = &["cold", "doc", "cfg", "allow", "inline", "deny", "warn", "expect"];

/// Finds the attribute of ours that was meant: one with another path in front, or almost the same word.
fn misspelt(attr: &Attribute) -> Option<&'static str> {
    let written = attr.path().segments.last()?.ident.to_string();
    let mut known = method_attributes().into_iter();
    if attr.path().get_ident().is_none() {
        return known.find(|known| *known == written);
    }
    if NOT_MISSPELT.contains(&written.as_str()) {
        return None;
    }
    let like = name::nearest(&written, known.as_slice())?.to_owned();
    known.find(|known| *known == like)
}

/// Returns true if an attribute stays on the trait's method. Every one is `inline` already, and twice is a
/// warning.
fn is_kept(attr: &Attribute) -> bool {
    misspelt(attr).is_none() && !attr.path().is_ident("inline") && carried(&attr.meta).is_empty()
}

/// Lists the attributes in a `cfg_attr` that is resolved after the macro has run, which is too late for
/// what is ours, and for a `cfg`.
fn carried(meta: &Meta) -> Vec<Path> {
    let Meta::List(list) = meta else { return Vec::new() };
    let inner = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    let (true, Ok(inner)) = (list.path.is_ident("cfg_attr"), inner) else { return Vec::new() };
    let ours = method_attributes();
    let of = |meta: &Meta| {
        let path = meta.path();
        let late = path.is_ident("cfg") || ours.iter().any(|ours| path.is_ident(ours));
        if late { vec![path.clone()] } else { carried(meta) }
    };
    inner.iter().skip(1).flat_map(of).collect()
}

/// Returns a path as a user would write it.
fn display_path(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
