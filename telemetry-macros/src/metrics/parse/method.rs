//! One method of the trait: its shape, its parameters, and which of its attributes are ours.

use super::{alert, help, instrument, log, param};
use crate::errors::Errors;
use crate::grammar::{ALERT, KINDS, Kind, LOG, PARAMETERS_MAX, method_attributes};
use crate::metrics::model::{Event, Log};
use crate::{name, rules};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, Pat, ReceiverKind, ReturnType, Safety, Signature, TraitItemFn, Type};

/// The attributes of a method, sorted.
#[derive(Default)]
struct Attrs<'a> {
    kinds: Vec<(&'static Kind, &'a Attribute)>,
    log: Vec<&'a Attribute>,
    alerts: Vec<&'a Attribute>,
    cfgs: Vec<&'a Attribute>,
    others: Vec<&'a Attribute>,
}

/// The method as an event, or nothing if it is a plain helper.
pub fn event<'a>(method: &'a TraitItemFn, errors: &mut Errors) -> Option<Event<'a>> {
    let attrs = sort(&method.attrs, errors);
    let ours = !(attrs.kinds.is_empty() && attrs.log.is_empty() && attrs.alerts.is_empty());
    if !ours && method.default.is_some() {
        return None;
    }
    let sound = shape(method, errors);
    let ident = &method.sig.ident;
    if attrs.kinds.is_empty() {
        // With a misspelt kind the method has an error already.
        if !attrs.others.iter().any(|attr| misspelt(attr).is_some()) {
            errors.on(ident, &rules::no_kind(ident));
        }
    } else if let Some(body) = &method.default {
        errors.at(body.brace_token.span.join(), &rules::body(ident));
    }
    let mut event = Event {
        method,
        help: help(&method.attrs),
        params: if sound { param::params(&method.sig, errors) } else { Vec::new() },
        instruments: Vec::new(),
        log: Log::default(),
        cfgs: attrs.cfgs,
        attrs: attrs.others.into_iter().filter(|attr| misspelt(attr).is_none()).collect(),
        sound,
    };
    if event.help.is_empty() {
        errors.on(ident, &rules::no_description(ident));
    }
    if sound {
        event.instruments = instrument::instruments(&event, &attrs.kinds, errors);
        alert::alerts(&mut event, &attrs.alerts, errors);
        event.log = log::log(&event, &attrs.log, errors);
    }
    Some(event)
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
        } else {
            if path.is_ident("cfg") {
                sorted.cfgs.push(attr);
            }
            cfg_attr(attr, errors);
            if let Some(like) = misspelt(attr) {
                errors.on(path, &rules::unknown_attribute(path.to_token_stream(), like));
            }
            sorted.others.push(attr);
        }
    }
    if let Some(second) = sorted.log.get(1) {
        errors.on(second.path(), &rules::duplicate_attribute(LOG.attr));
    }
    sorted
}

/// Attributes of rustc that are an edit or two away from ours.
const NOT_MISSPELT: &[&str] = &["cold", "doc", "cfg", "allow", "inline", "deny", "warn", "expect"];

/// Which attribute of ours was meant.
fn misspelt(attr: &Attribute) -> Option<&'static str> {
    let written = attr.path().get_ident()?.to_string();
    let known = method_attributes();
    if NOT_MISSPELT.contains(&written.as_str()) {
        return None;
    }
    let like = name::nearest(&written, &known)?.to_owned();
    known.into_iter().find(|known| *known == like)
}

/// `cfg_attr` is resolved after the macro has run: what is ours would come too late.
fn cfg_attr(attr: &Attribute, errors: &mut Errors) {
    if !attr.path().is_ident("cfg_attr") {
        return;
    }
    let tokens = attr.meta.to_token_stream().to_string();
    let words: Vec<&str> = tokens.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    for ours in method_attributes().into_iter().filter(|ours| words.contains(ours)) {
        errors.on(attr, &rules::cfg_attr(ours));
    }
}

/// Whether the method can be implemented by every back end.
fn shape(method: &TraitItemFn, errors: &mut Errors) -> bool {
    let sig = &method.sig;
    let name = &sig.ident;
    let mut sound = qualifiers(sig, errors);
    if !matches!(sig.receiver().map(|receiver| &receiver.kind), Some(ReceiverKind::Reference(_, _, None))) {
        let at = sig.receiver().map_or(name.to_token_stream(), ToTokens::to_token_stream);
        errors.on(at, &rules::receiver(name));
        sound = false;
    }
    if sig.generics.params.iter().any(|param| !matches!(param, syn::GenericParam::Lifetime(_))) {
        errors.on(&sig.generics, &rules::generic_method(name));
        sound = false;
    } else if let Some(clause) = &sig.generics.where_clause {
        errors.on(clause, &rules::where_clause(name));
        sound = false;
    }
    match &sig.output {
        ReturnType::Type(_, ty) if !matches!(&**ty, Type::Tuple(unit) if unit.elems.is_empty()) => {
            errors.on(ty, &rules::return_type(name));
            sound = false;
        }
        _ => {}
    }
    if sig.inputs.len() > PARAMETERS_MAX + 1 {
        errors.on(name, &rules::too_many_parameters(name, PARAMETERS_MAX));
    }
    parameters(sig, errors) && sound
}

fn qualifiers(sig: &Signature, errors: &mut Errors) -> bool {
    let safety = match &sig.safety {
        Safety::Unsafe(token) => Some((token.span(), "unsafe")),
        Safety::Safe(token) => Some((token.span(), "safe")),
        Safety::Default => None,
    };
    let found = [
        sig.constness.as_ref().map(|token| (token.span(), "const")),
        sig.asyncness.as_ref().map(|token| (token.span(), "async")),
        safety,
        sig.abi.as_ref().map(|abi| (abi.span(), "extern")),
        sig.variadic.as_ref().map(|variadic| (variadic.span(), "variadic")),
    ];
    for (span, word) in found.iter().flatten() {
        errors.at(*span, &rules::method_qualifier(&sig.ident, word));
    }
    found.iter().all(Option::is_none)
}

/// Whether each parameter is a name with a type.
fn parameters(sig: &Signature, errors: &mut Errors) -> bool {
    let mut sound = true;
    for arg in &sig.inputs {
        let FnArg::Typed(arg) = arg else { continue };
        let plain = matches!(&*arg.pat, Pat::Ident(pat)
            if pat.by_ref.is_none() && pat.mutability.is_none() && pat.subpat.is_none());
        if !plain {
            errors.on(&arg.pat, &rules::parameter_pattern());
            sound = false;
        }
        if matches!(&*arg.ty, Type::ImplTrait(_)) {
            errors.on(&arg.ty, &rules::impl_trait(&sig.ident));
            sound = false;
        }
    }
    sound
}
