//! The parameters of a method: which are labels, which are values.

use super::ty::{self, Sort};
use crate::attr::Args;
use crate::errors::Errors;
use crate::grammar::LABEL;
use crate::metrics::model::{Label, Param, Role, Value};
use crate::set::Set;
use crate::{rules, set};
use quote::ToTokens;
use syn::{Attribute, FnArg, Ident, Pat, PatType, Signature, Type};

/// All parameters but `self`, of a method whose parameters are plain names.
pub fn params<'a>(sig: &'a Signature, errors: &mut Errors) -> Vec<Param<'a>> {
    let typed = sig.inputs.iter().filter_map(|arg| match arg {
        FnArg::Typed(arg) => Some(arg),
        FnArg::Receiver(_) => None,
    });
    typed.filter_map(|arg| param(arg, errors)).collect()
}

fn param<'a>(arg: &'a PatType, errors: &mut Errors) -> Option<Param<'a>> {
    let Pat::Ident(pat) = &*arg.pat else { return None };
    let (mut label, mut value) = (None, None);
    for attr in &arg.attrs {
        match attr.path().get_ident().map(ToString::to_string).as_deref() {
            Some("label") if label.is_none() => label = Some(attr),
            Some("value") if value.is_none() => value = Some(attr),
            Some(twice @ ("label" | "value")) => errors.on(attr.path(), &rules::duplicate_attribute(twice)),
            Some("cfg" | "cfg_attr") => errors.on(attr, &rules::parameter_cfg(&pat.ident)),
            // Lint levels are allowed on parameters, and stay in the trait.
            Some("allow" | "warn" | "deny" | "expect" | "forbid" | "doc") => {}
            _ => errors.on(attr.path(), &rules::parameter_attribute(attr.path().to_token_stream())),
        }
    }
    let role = role(&pat.ident, &arg.ty, label, value, errors);
    Some(Param { ident: pat.ident.clone(), ty: &arg.ty, role })
}

fn role(
    ident: &Ident,
    ty: &Type,
    label: Option<&Attribute>,
    value: Option<&Attribute>,
    errors: &mut Errors,
) -> Role {
    let inner = ty::option(ty).unwrap_or(ty);
    let sort = ty::sort(inner);
    if sort == Sort::Wide {
        errors.on(inner, &rules::wide_integer(inner.to_token_stream()));
        return Role::Unknown;
    }
    match (label, value) {
        (Some(_), Some(value)) => {
            errors.on(value.path(), &rules::label_or_value(ident));
            Role::Unknown
        }
        (None, Some(_)) => Role::Value(value_of(inner, ty, sort)),
        (None, None) if sort.is_number() => Role::Value(value_of(inner, ty, sort)),
        (attr, None) => label_of(ident, inner, ty, sort, attr, errors).map_or(Role::Unknown, Role::Label),
    }
}

fn value_of(inner: &Type, ty: &Type, sort: Sort) -> Value {
    Value {
        inner: inner.clone(),
        optional: ty::option(ty).is_some(),
        duration: sort == Sort::Duration,
        signed: sort == Sort::Signed,
    }
}

fn label_of(
    ident: &Ident,
    inner: &Type,
    ty: &Type,
    sort: Sort,
    attr: Option<&Attribute>,
    errors: &mut Errors,
) -> Option<Label> {
    let mut label = Label { optional: ty::option(ty).is_some(), ..Label::default() };
    let mut set_is_said = false;
    if let Some(attr) = attr {
        let mut args = Args::of(attr, &LABEL, false, errors);
        set_is_said = ["cap", "range", "with"].iter().any(|key| args.key(key).is_some());
        let none_at = args.key("none").cloned();
        label.name = args.take_text("name", errors);
        label.none = args.take_text("none", errors);
        label.set = set::with(&mut args, errors).map_or_else(|| set::open(&mut args, errors), Set::With);
        if let (Some(none_at), false) = (none_at, label.optional) {
            errors.on(none_at, &rules::none_without_option(ident));
        }
    }
    let shown = inner.to_token_stream().to_string().replace("& ", "&");
    match sort {
        Sort::Text if !set_is_said => errors.on(ident, &rules::label_without_cap(ident)),
        Sort::Unsigned | Sort::Signed if !set_is_said => errors.on(ident, &rules::label_integer(ident)),
        Sort::Float | Sort::Duration => errors.on(ident, &rules::label_number(ident, shown)),
        Sort::Owned => errors.on(inner, &rules::label_owned(shown)),
        Sort::Bytes => errors.on(inner, &rules::label_bytes(shown)),
        Sort::Char => errors.on(inner, &rules::label_char(shown)),
        _ => return Some(label),
    }
    None
}
