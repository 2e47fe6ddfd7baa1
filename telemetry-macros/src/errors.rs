//! Collects what is wrong with a declaration, so that one build shows all of it.

use crate::rules::Message;
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The errors found so far, in the order in which they were found.
#[derive(Default)]
pub struct Errors(Vec<syn::Error>);

impl Errors {
    /// Adds an error on these tokens.
    pub fn on(&mut self, tokens: impl ToTokens, message: &Message) {
        self.0.push(syn::Error::new_spanned(tokens, message));
    }

    /// Adds an error at this place.
    pub fn at(&mut self, span: Span, message: &Message) {
        self.0.push(syn::Error::new(span, message));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A `compile_error!` for each.
    pub fn to_tokens(&self) -> TokenStream {
        self.0.iter().map(syn::Error::to_compile_error).collect()
    }
}

/// Choices in a help text: "`a`, `b` or `c`".
pub fn one_of<T: AsRef<str>>(choices: &[T]) -> String {
    let quoted: Vec<String> = choices.iter().map(|choice| format!("`{}`", choice.as_ref())).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// What to say where a name is not one of those that are known.
pub fn instead<T: AsRef<str>>(name: &str, known: &[T], sentence: &str) -> String {
    match crate::name::nearest(name, known) {
        Some(like) => format!("did you mean `{like}`?"),
        None if known.is_empty() => format!("{sentence} none"),
        None => format!("{sentence} {}", one_of(known)),
    }
}
