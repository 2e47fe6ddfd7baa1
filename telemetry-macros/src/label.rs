//! `#[derive(Label)]`: the stages, in order.

mod expand;
mod model;
mod parse;

use crate::errors::Errors;
use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

/// Generates the implementation, or errors and an implementation that keeps the type usable.
pub fn compile(item: TokenStream) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(item) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let label = parse::label(&input, &mut errors);
    let expansion = expand::label(&label);
    let errors = errors.to_tokens();
    quote! { #errors #expansion }
}
