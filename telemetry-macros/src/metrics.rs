//! `#[metrics]` on a trait: the stages, in order.

mod check;
mod expand;
mod family;
mod model;
mod parse;

use crate::attr::Args;
use crate::errors::Errors;
use crate::grammar::{METRICS, method_attributes};
use crate::rules;
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Item, ItemTrait, Visibility};

/// Generates the expansion of the declaration, or its errors and an expansion that keeps the trait usable, so
/// that no error of rustc's follows from ours.
pub fn compile(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut item = match trait_of(item, &mut errors) {
        Ok(item) => item,
        Err(tokens) => {
            let errors = errors.to_tokens();
            return quote! { #errors #tokens };
        }
    };
    parse::repair(&mut item, &mut errors);
    let mut args = Args::parse(args, &METRICS, Span::call_site(), &mut errors);
    let labels = parse::registration::labels(&mut args, &mut errors);
    let labels = parse::registration::params(&labels, &mut errors);
    let surface = parse::surface(args, &item, &labels, &mut errors);
    check::surface(&surface, &mut errors);
    let expansion = expand::surface(&surface, errors.is_empty());
    let errors = errors.to_tokens();
    quote! { #errors #expansion }
}

/// Parses the trait, or returns the tokens to emit in its place.
fn trait_of(item: TokenStream, errors: &mut Errors) -> Result<ItemTrait, TokenStream> {
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Trait(item)) => Ok(item),
        Ok(_) => {
            errors.at(keyword(&item), &rules::not_a_trait());
            Err(without_ours(item))
        }
        // Not Rust: rustc says it better when it reads the item itself.
        Err(error) => {
            let error = error.to_compile_error();
            Err(quote! { #error #item })
        }
    }
}

/// Finds the keyword of the item: the token after its attributes and its visibility.
fn keyword(item: &TokenStream) -> Span {
    parse_keyword.parse2(item.clone()).unwrap_or_else(|_| Span::call_site())
}

fn parse_keyword(input: ParseStream<'_>) -> syn::Result<Span> {
    Attribute::parse_outer(input)?;
    input.parse::<Visibility>()?;
    let span = input.span();
    input.parse::<TokenStream>().map(|_| span)
}

/// Returns the item without attributes that only a metrics trait knows.
fn without_ours(item: TokenStream) -> TokenStream {
    let mut out = TokenStream::new();
    let mut tokens = item.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match (&token, tokens.peek()) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(group)))
                if hash.as_char() == '#' && is_ours(group) =>
            {
                tokens.next();
            }
            (TokenTree::Group(group), _) => {
                let mut inner = Group::new(group.delimiter(), without_ours(group.stream()));
                inner.set_span(group.span());
                out.extend([TokenTree::Group(inner)]);
            }
            _ => out.extend([token]),
        }
    }
    out
}

/// Returns true for the brackets of an attribute that only a metrics trait knows.
fn is_ours(group: &Group) -> bool {
    let Some(TokenTree::Ident(name)) = group.stream().into_iter().next() else { return false };
    group.delimiter() == Delimiter::Bracket && method_attributes().iter().any(|ours| name == ours)
}
