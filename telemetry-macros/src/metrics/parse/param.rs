//! The parameters of a method: which are labels, which are values, which are context.

use crate::attr::{self, Args};
use crate::errors::Errors;
use crate::grammar::{END, LABEL};
use crate::metrics::model::{End, Label, Param, Role, Value};
use crate::rules;
use crate::set::{self, Set};
use crate::ty::{self, Sort};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, FnArg, Ident, Meta, Pat, PatType, Signature, Type};

/// Parses all parameters but `self`, of a method whose parameters are plain names.
pub fn params<'a>(sig: &'a Signature, errors: &mut Errors) -> Vec<Param<'a>> {
    let typed = sig.inputs.iter().filter_map(|arg| match arg {
        FnArg::Typed(arg) => Some(arg),
        FnArg::Receiver(_) => None,
    });
    typed.filter_map(|arg| param(arg, errors)).collect()
}

fn param<'a>(arg: &'a PatType, errors: &mut Errors) -> Option<Param<'a>> {
    let Pat::Ident(pat) = &*arg.pat else { return None };
    let (mut label, mut value, mut context, mut end) = (None, None, None, None);
    for attr in &arg.attrs {
        match attr.path().get_ident().map(ToString::to_string).as_deref() {
            Some("label") if label.is_none() => label = Some(attr),
            Some("value") if value.is_none() => value = Some(attr),
            Some("context") if context.is_none() => context = Some(attr),
            Some("end") if end.is_none() => end = Some(self::end(attr, errors)),
            Some(twice @ ("label" | "value" | "context" | "end")) => {
                errors.on(attr.path(), &rules::duplicate_attribute(twice));
            }
            Some("cfg" | "cfg_attr") => errors.on(attr.path(), &rules::parameter_cfg(&pat.ident)),
            // Lint levels are allowed on parameters, and stay in the trait.
            Some("allow" | "warn" | "deny" | "expect" | "forbid" | "doc") => {}
            _ => errors.on(attr.path(), &rules::parameter_attribute(attr.path().to_token_stream())),
        }
    }
    let role = match context {
        Some(attr) => context_of(&pat.ident, &arg.ty, attr, label.or(value), errors),
        None => role(&pat.ident, &arg.ty, label, value, errors),
    };
    Some(Param { ident: pat.ident.clone(), ty: &arg.ty, role, docs: Vec::new(), end })
}

/// Parses a label that is given at registration. Whatever it is, it is a label.
pub fn registration<'a>(arg: &'a PatType, errors: &mut Errors) -> Option<Param<'a>> {
    let Pat::Ident(pat) = &*arg.pat else {
        errors.on(&arg.pat, &rules::registration_label());
        return None;
    };
    let (mut label, mut docs) = (None, Vec::new());
    for attr in &arg.attrs {
        let name = attr.path().get_ident().map(ToString::to_string);
        match name.as_deref() {
            Some("label") if label.is_none() => label = Some(attr),
            Some(twice @ "label") => errors.on(attr.path(), &rules::duplicate_attribute(twice)),
            Some("doc") => docs.push(attr),
            _ => errors.on(attr.path(), &rules::registration_attribute(attr.path().to_token_stream())),
        }
    }
    let (ty, inner) = (&*arg.ty, ty::option(&arg.ty).unwrap_or(&arg.ty));
    let role = label_of(&pat.ident, inner, ty, label, errors).map_or(Role::Unknown, Role::Label);
    Some(Param { ident: pat.ident.clone(), ty, role, docs, end: None })
}

fn end(attr: &Attribute, errors: &mut Errors) -> End {
    if let Some(alone) = value_alone(attr) {
        let text = format!("`{}`", alone.to_token_stream().to_string().replace(" :: ", "::"));
        let instead = format!("write `#[end(default = {})]`", text.trim_matches('`'));
        errors.on(&alone, &rules::text_alone(END.attr, text, instead));
        return End { span: attr.path().span(), default: Some(alone), broken: true };
    }
    let mut args = Args::of(attr, &END, false, errors);
    let default = args.take_expr("default", errors);
    End { span: args.span, default, broken: args.broken }
}

/// Returns the value in `#[end(Outcome::Aborted)]`, where `default =` is missing.
fn value_alone(attr: &Attribute) -> Option<Expr> {
    let Meta::List(list) = &attr.meta else { return None };
    let value: Expr = list.parse_args().ok()?;
    let named = match &value {
        Expr::Call(call) => &*call.func,
        value => value,
    };
    let is_argument =
        matches!(value, Expr::Assign(_)) || attr::ident(named).is_some_and(|ident| ident == "default");
    (!is_argument).then_some(value)
}

fn role(
    ident: &Ident,
    ty: &Type,
    label: Option<&Attribute>,
    value: Option<&Attribute>,
    errors: &mut Errors,
) -> Role {
    let inner = ty::option(ty).unwrap_or(ty);
    let number = ty::sort(inner).is_number();
    match (label, value) {
        (Some(_), Some(value)) => {
            errors.on(value.path(), &rules::label_or_value(ident));
            Role::Unknown
        }
        (None, value) if number || value.is_some() => {
            value_of(inner, ty, value, errors).map_or(Role::Unknown, Role::Value)
        }
        (attr, _) => label_of(ident, inner, ty, attr, errors).map_or(Role::Unknown, Role::Label),
    }
}

/// Returns the role of a parameter with `#[context]`. `other` is a second attribute that states a role.
fn context_of(
    ident: &Ident,
    ty: &Type,
    attr: &Attribute,
    other: Option<&Attribute>,
    errors: &mut Errors,
) -> Role {
    if let Some(other) = other {
        errors.on(other.path(), &rules::context_role(ident, other.path().to_token_stream()));
        return Role::Unknown;
    }
    if let Meta::List(_) | Meta::NameValue(_) = &attr.meta {
        errors.on(attr.path(), &rules::context_arguments());
    }
    match ty::context_fault(ty) {
        Some((at, message)) => {
            errors.on(at, &message);
            Role::Unknown
        }
        None => Role::Context,
    }
}

fn value_of(inner: &Type, ty: &Type, attr: Option<&Attribute>, errors: &mut Errors) -> Option<Value> {
    let sort = ty::sort(inner);
    if let Some(Meta::List(_) | Meta::NameValue(_)) = attr.map(|attr| &attr.meta) {
        errors.on(attr.map(Attribute::path), &rules::value_arguments());
    }
    if let Some((at, message)) = ty::fault(inner) {
        errors.on(at, &message);
        return None;
    }
    if matches!(sort, Sort::Text | Sort::Owned | Sort::Bytes | Sort::Char) {
        let instead = "remove `#[value]`, or take a number or a `Duration`";
        errors.on(inner, &rules::value_type(ty::show(inner), instead));
        return None;
    }
    Some(Value { inner: inner.clone(), optional: ty::option(ty).is_some(), sort })
}

fn label_of(
    ident: &Ident,
    inner: &Type,
    ty: &Type,
    attr: Option<&Attribute>,
    errors: &mut Errors,
) -> Option<Label> {
    let sort = ty::sort(inner);
    let mut label = Label { optional: ty::option(ty).is_some(), ..Label::default() };
    let mut set_is_said = false;
    if let Some(attr) = attr {
        let mut args = Args::of(attr, &LABEL, false, errors);
        let none_at = args.key("none").cloned();
        set_is_said = ["cap", "values", "range", "with"].iter().any(|key| args.may_have(key));
        label.name = args.take_text("name", errors);
        label.none = args.take_text("none", errors);
        label.set = set::parse::with(&mut args, errors)
            .map_or_else(|| set::parse::open(&mut args, sort, errors), Set::With);
        set_is_said |= args.broken;
        if let (Some(none_at), false) = (none_at, label.optional) {
            errors.on(none_at, &rules::none_without_option(ident));
        }
    }
    // A type of the user's may do as it likes, if it can be passed on more than once.
    let converted = matches!(label.set, Set::With(_)) && sort != Sort::Owned;
    let fault = ty::fault(inner).or_else(|| ty::label_fault(inner));
    if let Some((at, message)) = fault.filter(|_| !converted) {
        errors.on(at, &message);
        return None;
    }
    if matches!(label.set, Set::Type) && (sort == Sort::Text || sort.is_integer()) {
        // If it is said, there is an error about it; with one it is a label that the mock can filter by.
        label.set = if set_is_said { Set::fallback() } else { Set::Unbounded };
    }
    Some(label)
}
