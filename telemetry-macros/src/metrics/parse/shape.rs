//! The shape of methods: what every back end can implement. What can be put right is, in a declaration with
//! errors, so that no error of rustc's follows from ours.

use crate::errors::Errors;
use crate::grammar::{PARAMETERS_MAX, method_attributes};
use crate::{rules, ty};
use quote::{ToTokens, format_ident};
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{
    Abi, Attribute, FnArg, GenericParam, ItemTrait, Pat, ReceiverKind, ReturnType, Safety, Signature,
    TraitItem, TraitItemFn, Type, Visibility, WherePredicate, parse_quote,
};

/// Makes methods out of those that are almost ones.
pub fn repair(item: &mut ItemTrait, errors: &mut Errors) {
    for inner in &mut item.items {
        without_visibility(inner, errors);
        if let TraitItem::Fn(method) = inner
            && !is_helper(method)
        {
            qualifiers(&mut method.sig, errors);
            receiver(&mut method.sig, errors);
            where_clause(&mut method.sig, errors);
            parameters(&mut method.sig, errors);
        }
    }
}

/// Returns true if the method has a body and nothing of ours: it passes through.
pub fn is_helper(method: &TraitItemFn) -> bool {
    let ours = method_attributes();
    let is_ours = |name: &&str| method.attrs.iter().any(|attr| attr.path().is_ident(name));
    method.default.is_some() && !ours.iter().any(is_ours)
}

/// Removes and reports `pub` on a method, which syn does not take for an item of a trait.
fn without_visibility(item: &mut TraitItem, errors: &mut Errors) {
    let TraitItem::Verbatim(tokens) = item else { return };
    let parser = |input: ParseStream<'_>| {
        let attrs = Attribute::parse_outer(input)?;
        let vis: Visibility = input.parse()?;
        let method: TraitItemFn = input.parse()?;
        Ok((vis, TraitItemFn { attrs, ..method }))
    };
    if let Ok((vis, method)) = parser.parse2(tokens.clone())
        && !matches!(vis, Visibility::Inherited)
    {
        errors.on(&vis, &rules::method_qualifier(&method.sig.ident, "pub"));
        *item = TraitItem::Fn(method);
    }
}

/// Removes and reports qualifiers. `async` stays, so that callers may still wait for the method.
fn qualifiers(sig: &mut Signature, errors: &mut Errors) {
    let safety = match &sig.safety {
        Safety::Unsafe(token) => Some((token.span(), "unsafe")),
        Safety::Safe(token) => Some((token.span(), "safe")),
        Safety::Default => None,
    };
    let found = [
        sig.constness.as_ref().map(|token| (token.span(), "const")),
        sig.asyncness.as_ref().map(|token| (token.span(), "async")),
        safety,
        sig.abi.as_ref().map(|abi: &Abi| (abi.extern_token.span(), "extern")),
        sig.variadic.as_ref().map(|variadic| (variadic.span(), "...")),
    ];
    for (span, word) in found.iter().flatten() {
        errors.at(*span, &rules::method_qualifier(&sig.ident, word));
    }
    (sig.constness, sig.safety, sig.abi, sig.variadic) = (None, Safety::Default, None, None);
}

fn receiver(sig: &mut Signature, errors: &mut Errors) {
    match sig.receiver() {
        Some(receiver) if matches!(receiver.kind, ReceiverKind::Reference(_, _, None)) => {}
        Some(receiver) => {
            errors.on(receiver, &rules::receiver(&sig.ident));
            if let Some(first) = sig.inputs.first_mut() {
                *first = parse_quote!(&self);
            }
        }
        None => {
            errors.on(&sig.ident, &rules::receiver(&sig.ident));
            sig.inputs.insert(0, parse_quote!(&self));
        }
    }
}

/// Removes the `where` clause. If it belongs to a type parameter, which was reported, it is not reported too.
fn where_clause(sig: &mut Signature, errors: &mut Errors) {
    if let Some(clause) = &sig.generics.where_clause
        && type_parameter(sig).is_none()
    {
        errors.on(clause.where_token, &rules::where_clause(&sig.ident));
        sig.generics.where_clause = None;
    }
}

/// Repairs the parameters: without `mut`, each with a name of its own and a type that can be passed.
fn parameters(sig: &mut Signature, errors: &mut Errors) {
    let mut names = Vec::new();
    for arg in &mut sig.inputs {
        let FnArg::Typed(arg) = arg else { continue };
        if ty::is_unsized(&arg.ty) {
            let ty = ty::show(&arg.ty);
            let message = if is_context(&arg.attrs) {
                rules::context_type(ty, "take `&dyn Display`, or `&str`")
            } else {
                rules::nameless_type(ty)
            };
            errors.on(&arg.ty, &message);
            arg.attrs = vec![parse_quote!(#[label(cap = 1)])];
            *arg.ty = parse_quote!(&'static str);
        }
        let Pat::Ident(pat) = &mut *arg.pat else { continue };
        if let Some(token) = pat.mutability.take() {
            errors.on(token, &rules::parameter_mut());
        }
        if names.contains(&pat.ident) {
            errors.on(&pat.ident, &rules::duplicate_parameter(&pat.ident));
            pat.ident = format_ident!("{}_{}", pat.ident, names.len());
        }
        names.push(pat.ident.clone());
    }
}

/// Returns true if every back end can implement the method; the rest of its errors.
pub fn is_sound(sig: &Signature, errors: &mut Errors) -> bool {
    let name = &sig.ident;
    let mut sound = sig.asyncness.is_none();
    if let Some(param) = type_parameter(sig) {
        errors.on(param, &rules::generic_method(name));
        sound = false;
    }
    match &sig.output {
        ReturnType::Type(_, ty) if !matches!(&**ty, Type::Tuple(unit) if unit.elems.is_empty()) => {
            errors.on(ty, &rules::return_type(name));
            sound = false;
        }
        _ => {}
    }
    for arg in &sig.inputs {
        let FnArg::Typed(arg) = arg else { continue };
        if !matches!(&*arg.pat, Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none()) {
            errors.on(&arg.pat, &rules::parameter_pattern());
            sound = false;
        }
        if ty::has_impl(&arg.ty) {
            let message = if is_context(&arg.attrs) {
                rules::context_type(ty::show(&arg.ty), "take `&dyn Display`: the trait must work as `dyn`")
            } else {
                rules::impl_trait(name)
            };
            errors.on(&arg.ty, &message);
            sound = false;
        }
    }
    if sig.inputs.len() > PARAMETERS_MAX + 1 {
        errors.on(name, &rules::too_many_parameters(name, PARAMETERS_MAX));
    }
    sound
}

fn is_context(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| attr.path().is_ident("context"))
}

fn type_parameter(sig: &Signature) -> Option<&GenericParam> {
    sig.generics.params.iter().find(|param| !matches!(param, GenericParam::Lifetime(_)))
}

/// Returns true if the method is one for each of several types.
pub fn is_generic(sig: &Signature) -> bool {
    let has_impl = |arg: &FnArg| matches!(arg, FnArg::Typed(arg) if ty::has_impl(&arg.ty));
    let returns_impl = matches!(&sig.output, ReturnType::Type(_, ty) if ty::has_impl(ty));
    type_parameter(sig).is_some() || sig.inputs.iter().any(has_impl) || returns_impl
}

/// Returns true if a trait with this helper can be `dyn`.
pub fn is_dispatched(sig: &Signature) -> bool {
    let sized = |predicate: &WherePredicate| {
        matches!(predicate, WherePredicate::Type(bound)
            if bound.bounded_ty.to_token_stream().to_string() == "Self"
                && bound.bounds.to_token_stream().to_string().ends_with("Sized"))
    };
    sig.generics.where_clause.iter().any(|clause| clause.predicates.iter().any(sized))
        || !(is_generic(sig) || sig.asyncness.is_some() || sig.receiver().is_none())
}
