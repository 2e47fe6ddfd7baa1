//! `#[remove(...)]` on a method: the instruments of which a call ends series, and the labels that it takes
//! from them.

use crate::errors::Errors;
use crate::grammar::REMOVE;
use crate::metrics::model::{Event, Label, Param, Removal, Role, Surface};
use crate::set::Set;
use crate::{rules, ty};
use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, Meta, Path, Token};

/// Parses the attribute of a method that has one.
pub fn removal(attrs: &[&Attribute], errors: &mut Errors) -> Option<Removal> {
    let attr = attrs.first()?;
    if let Some(second) = attrs.get(1) {
        errors.on(second.path(), &rules::duplicate_attribute(REMOVE));
    }
    let mut instruments: Vec<Ident> = Vec::new();
    for name in listed(attr, errors) {
        if instruments.contains(&name) {
            errors.on(&name, &rules::duplicate_argument(&name, REMOVE));
        } else {
            instruments.push(name);
        }
    }
    Some(Removal { instruments })
}

/// Returns the names in the attribute. None is an error.
fn listed(attr: &Attribute, errors: &mut Errors) -> Vec<Ident> {
    let tokens = match &attr.meta {
        Meta::List(list) => list.tokens.clone(),
        Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
    };
    let parser = Punctuated::<Path, Token![,]>::parse_terminated;
    let paths = syn::parse::Parser::parse2(parser, tokens);
    let names: Option<Vec<Ident>> =
        paths.ok().and_then(|paths| paths.iter().map(|path| path.get_ident().map(Ident::unraw)).collect());
    let names = names.filter(|names| !names.is_empty());
    if names.is_none() {
        errors.on(attr.path(), &rules::remove_names());
    }
    names.unwrap_or_default()
}

/// Gives the parameters of removals the sets of the instruments that they name: a removal has no label of its
/// own.
pub fn resolve(surface: &mut Surface<'_>, errors: &mut Errors) {
    for at in 0..surface.events.len() {
        let event = &surface.events[at];
        if event.removal.is_none() {
            continue;
        }
        let own = |param: &Param<'_>| matches!(&param.role, Role::Label(label) if is_own(label));
        for param in event.params.iter().filter(|param| own(param)) {
            errors.on(&param.ident, &rules::remove_set(&param.ident));
        }
        let found: Vec<Option<Label>> =
            event.params.iter().map(|param| label_of(surface, event, param)).collect();
        for (param, label) in surface.events[at].params.iter_mut().zip(found) {
            if let (Role::Label(_) | Role::Value(_), Some(label)) = (&param.role, label) {
                param.role = Role::Label(label);
            }
        }
    }
}

/// Returns true if the parameter states what its label's values are, or how it is called.
fn is_own(label: &Label) -> bool {
    let is_said = matches!(label.set, Set::Capped(_) | Set::Listed(_) | Set::Range(_) | Set::With(_));
    is_said || label.name.is_some() || label.none.is_some()
}

/// Returns the label of this name and type of the first instrument that has one.
fn label_of(surface: &Surface<'_>, event: &Event<'_>, param: &Param<'_>) -> Option<Label> {
    surface.removed(event).find_map(|(of, ..)| {
        let same =
            |other: &Param<'_>| other.name() == param.name() && ty::show(other.ty) == ty::show(param.ty);
        let (.., label) = of.labels().find(|(_, other, _)| same(other))?;
        Some(label.clone())
    })
}
