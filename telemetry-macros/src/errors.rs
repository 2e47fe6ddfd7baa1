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

    /// Generates a `compile_error!` for each error, in the order of the source.
    pub fn to_tokens(&self) -> TokenStream {
        let mut errors: Vec<&syn::Error> = self.0.iter().collect();
        errors.sort_by_key(|error| line_and_column(error.span()));
        errors.into_iter().map(syn::Error::to_compile_error).collect()
    }
}

/// Returns where a span begins; zeros outside a compiler.
fn line_and_column(span: Span) -> (usize, usize) {
    if proc_macro::is_available() { (span.unwrap().line(), span.unwrap().column()) } else { (0, 0) }
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

/// Choices for an argument: "`on = a` or `on = b`".
pub fn one_of_arguments(argument: &str, choices: &[String]) -> String {
    one_of(&choices.iter().map(|choice| format!("{argument} = {choice}")).collect::<Vec<_>>())
}

/// Returns the help for an unknown name: the nearest known one, or a list of all after `sentence`.
pub fn instead<T: AsRef<str>>(name: &str, known: &[T], sentence: &str) -> String {
    match crate::name::nearest(name, known) {
        Some(like) => format!("did you mean `{like}`?"),
        None => format!("{sentence} {}", one_of(known)),
    }
}
