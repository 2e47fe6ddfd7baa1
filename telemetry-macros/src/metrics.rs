//! `#[metrics]` on a trait: the stages, in order.

mod check;
mod expand;
mod model;
mod parse;

use crate::errors::Errors;
use crate::rules;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, ItemTrait};

/// The expansion of the declaration, or its errors beside an expansion that keeps the trait usable, so that
/// no error of rustc's follows from ours.
pub fn compile(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let item = match trait_of(item, &mut errors) {
        Ok(item) => item,
        Err(tokens) => {
            let errors = errors.to_tokens();
            return quote! { #errors #tokens };
        }
    };
    let surface = parse::surface(args, &item, &mut errors);
    check::surface(&surface, &mut errors);
    let expansion = expand::surface(&surface, errors.is_empty());
    let errors = errors.to_tokens();
    quote! { #errors #expansion }
}

/// The trait, or what to emit in place of it.
fn trait_of(item: TokenStream, errors: &mut Errors) -> Result<ItemTrait, TokenStream> {
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Trait(item)) => Ok(item),
        Ok(_) => {
            errors.at(proc_macro2::Span::call_site(), &rules::not_a_trait());
            Err(item)
        }
        // Not Rust: rustc says it better when it reads the item itself.
        Err(error) => {
            let error = error.to_compile_error();
            Err(quote! { #error #item })
        }
    }
}
