//! Tokens to model: the trait and its own arguments.

mod alert;
mod instrument;
mod log;
mod method;
mod param;
mod ty;

use super::model::Surface;
use crate::attr::Args;
use crate::errors::Errors;
use crate::grammar::METRICS;
use crate::rules;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Expr, Ident, ItemTrait, Lit, Meta, TraitItem, TypeParamBound};

/// Reads all that can be read; what cannot is an error and is left out.
pub fn surface<'a>(args: TokenStream, item: &'a ItemTrait, errors: &mut Errors) -> Surface<'a> {
    let mut args = Args::parse(args, &METRICS, false, Span::call_site(), errors);
    trait_shape(item, errors);
    let mut surface = Surface {
        item,
        krate: krate(&mut args, errors),
        namespace: args.take_text("namespace", errors),
        max_series: args.take_int("max_series", errors),
        mock_cfg: mock_cfg(&mut args, errors),
        help: help(&item.attrs),
        events: Vec::new(),
        others: Vec::new(),
    };
    for inner in &item.items {
        match inner {
            TraitItem::Fn(method) => match method::event(method, errors) {
                Some(event) => surface.events.push(event),
                None => surface.others.push(inner),
            },
            other => {
                errors.on(other, &rules::trait_item(what(other)));
                surface.others.push(other);
            }
        }
    }
    surface
}

fn krate(args: &mut Args, errors: &mut Errors) -> TokenStream {
    let Some(key) = args.key("crate").cloned() else {
        return quote!(::telemetry);
    };
    match args.take_expr("crate", errors) {
        Some(Expr::Path(path)) => path.into_token_stream(),
        Some(other) => {
            errors.on(other, &rules::crate_path());
            quote!(::telemetry)
        }
        None => {
            let _ = key;
            quote!(::telemetry)
        }
    }
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
        errors.on(&item.generics, &rules::generic_trait(name));
    }
    if let Some(clause) = &item.generics.where_clause {
        errors.on(clause, &rules::where_clause(name));
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

fn what(item: &TraitItem) -> &'static str {
    match item {
        TraitItem::Const(_) => "a constant",
        TraitItem::Type(_) => "a type",
        TraitItem::Macro(_) => "a macro call",
        _ => "something else",
    }
}

/// The paragraphs of a doc comment: lines joined by a space, empty lines between paragraphs.
fn help(attrs: &[Attribute]) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    let docs: Vec<String> = attrs.iter().filter_map(doc_text).collect();
    // `split`, since an empty comment is a line too: it ends a paragraph.
    for line in docs.iter().flat_map(|doc| doc.split('\n')).map(str::trim) {
        match paragraphs.last_mut() {
            Some(paragraph) if !line.is_empty() => {
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                paragraph.push_str(line);
            }
            _ => paragraphs.push(String::new()),
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

fn doc_text(attr: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attr.meta else { return None };
    match &meta.value {
        Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) if meta.path.is_ident("doc") => {
            Some(text.value())
        }
        // `#[doc = include_str!(...)]` is a description, though its text is not known here.
        other if meta.path.is_ident("doc") => Some(other.to_token_stream().to_string()),
        _ => None,
    }
}

/// The names of parameters, for a message.
fn names<'p>(idents: impl Iterator<Item = &'p Ident>) -> Vec<String> {
    idents.map(|ident| syn::ext::IdentExt::unraw(ident).to_string()).collect()
}
