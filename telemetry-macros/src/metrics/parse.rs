//! Tokens to model: the trait and its own arguments.

mod alert;
mod guard;
mod instrument;
mod log;
mod matching;
mod method;
mod param;
pub mod registration;
mod removal;
mod shape;
mod slo;

pub use shape::repair;

use super::model::{Initial, Namespace, Param, Surface};
use crate::attr::{self, Args};
use crate::errors::Errors;
use crate::grammar::{STABILITIES, Stability};
use crate::{docs, rules, ty};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{
    Attribute, Expr, ExprLit, Ident, ItemTrait, Lit, LitInt, LitStr, Meta, TraitItem, TraitItemFn,
    TypeParamBound,
};

/// Reads all that can be read; what cannot is an error and is left out.
pub fn surface<'a>(
    mut args: Args,
    item: &'a ItemTrait,
    labels: &'a [Param<'a>],
    errors: &mut Errors,
) -> Surface<'a> {
    trait_shape(item, errors);
    let mut surface = Surface {
        item,
        krate: args.take_crate(errors),
        namespace: namespace(&mut args, errors),
        max_series: max_series(&mut args, errors),
        labels,
        owner: owner(&mut args, errors),
        initial: initial(&mut args, errors),
        stability: stability(&mut args, errors),
        suffixes: suffixes(&mut args, errors),
        mock_cfg: mock_cfg(&mut args, errors),
        help: help(&item.attrs, errors),
        events: Vec::new(),
        others: Vec::new(),
    };
    for inner in &item.items {
        match inner {
            TraitItem::Fn(method) if is_taken(method, &item.items, errors) => {}
            TraitItem::Fn(method) => match method::event(method, labels, errors) {
                Some(event) => surface.events.push(event),
                None => surface.others.push(inner),
            },
            other => {
                let (at, what) = name_of(other);
                errors.on(at, &rules::trait_item(what));
            }
        }
    }
    for instrument in surface.events.iter_mut().flat_map(|event| &mut event.instruments) {
        instrument.suffixes = instrument.suffixes.or(surface.suffixes);
    }
    removal::resolve(&mut surface, errors);
    surface
}

/// Takes a text, or the constant that has it.
fn namespace(args: &mut Args, errors: &mut Errors) -> Option<Namespace> {
    let written = args.take_expr("namespace", errors)?;
    match attr::peel(&written) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(Namespace::Literal(text.clone())),
        path @ Expr::Path(_) => Some(Namespace::Constant(path.clone())),
        _ => {
            errors.on(&written, &rules::argument_value("namespace", "namespace = \"check_out\""));
            None
        }
    }
}

/// Returns true if the method's name is a hook's or an earlier method's; then nothing is made of it.
fn is_taken(method: &TraitItemFn, items: &[TraitItem], errors: &mut Errors) -> bool {
    let ident = &method.sig.ident;
    let has_cfg = |method: &TraitItemFn| method.attrs.iter().any(|attr| attr.path().is_ident("cfg"));
    let before = items.iter().map_while(|item| match item {
        TraitItem::Fn(other) if std::ptr::eq(other, method) => None,
        item => Some(item),
    });
    let twice = before.into_iter().any(|item| match item {
        TraitItem::Fn(other) => other.sig.ident == *ident && !(has_cfg(other) && has_cfg(method)),
        _ => false,
    });
    let is_hook = ident == "event" || ident == "guard_edge";
    if is_hook {
        errors.on(ident, &rules::reserved_method(ident));
    } else if twice {
        errors.on(ident, &rules::duplicate_method(ident));
    }
    twice || is_hook
}

fn max_series(args: &mut Args, errors: &mut Errors) -> Option<LitInt> {
    let max = args.take_int("max_series", errors)?;
    if max.base10_parse::<u64>().is_err() {
        errors.on(&max, &rules::argument_value("max_series", "max_series = 1000"));
        return None;
    }
    Some(max)
}

/// Takes what exists before the first use: `0` or `none`.
fn initial(args: &mut Args, errors: &mut Errors) -> Option<Initial> {
    args.take_with("initial", errors, |value| {
        let is_zero = match value {
            Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) if int.to_string() == "0" => true,
            Expr::Path(path) if path.path.is_ident("none") => false,
            _ => return None,
        };
        Some(Initial { span: value.span(), is_zero })
    })
}

fn stability(args: &mut Args, errors: &mut Errors) -> Option<&'static Stability> {
    let ident = args.take_ident("stability", errors)?;
    let found = STABILITIES.iter().find(|stability| ident == stability.name);
    if found.is_none() {
        errors.on(&ident, &rules::unknown_stability(&ident));
    }
    found
}

fn suffixes(args: &mut Args, errors: &mut Errors) -> Option<bool> {
    let ident = args.take_ident("suffixes", errors)?;
    let found = [("on", true), ("off", false)].into_iter().find(|(name, _)| ident == name);
    if found.is_none() {
        errors.on(&ident, &rules::unknown_suffixes(&ident));
    }
    found.map(|(_, is_on)| is_on)
}

fn owner(args: &mut Args, errors: &mut Errors) -> Option<LitStr> {
    args.take_with("owner", errors, |value| attr::text(value).filter(|text| !text.value().trim().is_empty()))
}

fn mock_cfg(args: &mut Args, errors: &mut Errors) -> Option<TokenStream> {
    let (key, list) = args.take_list("mock", errors)?;
    match syn::parse2::<Meta>(list.clone()) {
        Ok(Meta::List(cfg)) if cfg.path.is_ident("cfg") => Some(list),
        _ => {
            errors.on(key, &rules::mock_cfg());
            None
        }
    }
}

fn trait_shape(item: &ItemTrait, errors: &mut Errors) {
    let name = &item.ident;
    if !item.generics.params.is_empty() {
        errors.on(&item.generics.params, &rules::generic_trait(name));
    }
    if let Some(clause) = &item.generics.where_clause {
        errors.on(clause.where_token, &rules::where_clause(name));
    }
    if let Some(token) = &item.unsafety {
        errors.on(token, &rules::unsafe_trait(name, "unsafe"));
    }
    if let Some(token) = &item.modifiers.auto_token {
        errors.on(token, &rules::unsafe_trait(name, "auto"));
    }
    for bound in item.supertraits.iter().filter(|bound| !is_marker(bound)) {
        errors.on(bound, &rules::supertrait(bound.to_token_stream().to_string().replace(' ', "")));
    }
}

fn is_marker(bound: &TypeParamBound) -> bool {
    let TypeParamBound::Trait(bound) = bound else { return false };
    bound.maybe.is_none()
        && bound.path.segments.last().is_some_and(|last| last.ident == "Send" || last.ident == "Sync")
}

/// Returns the keyword of an item that is not a method, and a phrase for it.
fn name_of(item: &TraitItem) -> (TokenStream, &'static str) {
    match item {
        TraitItem::Const(item) => (item.ident.to_token_stream(), "a constant"),
        TraitItem::Type(item) => (item.ident.to_token_stream(), "a type"),
        TraitItem::Macro(item) => (item.mac.path.to_token_stream(), "a macro call"),
        other => (other.to_token_stream(), "something else"),
    }
}

/// Collects the paragraphs of a doc comment: lines joined by a space, empty lines between paragraphs.
fn help(attrs: &[Attribute], errors: &mut Errors) -> Vec<String> {
    docs::paragraphs(attrs.iter().filter_map(|attr| doc_text(attr, errors)))
}

fn doc_text(attr: &Attribute, errors: &mut Errors) -> Option<String> {
    docs::text(attr).map(|text| {
        text.unwrap_or_else(|value| {
            errors.on(value, &rules::description_text());
            // There is a description, though not one that is known here.
            "unknown".to_owned()
        })
    })
}

/// Returns the names of parameters, for a message.
fn names<'p>(idents: impl Iterator<Item = &'p Ident>) -> Vec<String> {
    idents.map(|ident| syn::ext::IdentExt::unraw(ident).to_string()).collect()
}

/// Returns the help for context where a value is needed.
fn context_as_value(param: &Param<'_>) -> String {
    let name = param.name();
    if ty::sort(ty::option(param.ty).unwrap_or(param.ty)).is_number() {
        return format!("`{name}` is context: remove `#[context]` to make it a value");
    }
    format!("`{name}` is context: take a number without `#[context]`")
}

/// Returns the help for a name that is not one of the method's values.
fn value_instead(ident: &Ident, choices: &[String]) -> String {
    if choices.is_empty() {
        return "add a parameter with this name, such as `count: u64`".replace("count", &ident.to_string());
    }
    crate::errors::instead(&ident.to_string(), choices, "write")
}
