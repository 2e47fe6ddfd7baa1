//! The macros of `telemetry`. They know metrics and one hidden module of the library, never a back end.
//!
//! Both run the same stages, each in its own file; only `parse` and `check` find errors, and all of them.
//!
//! ```text
//! #[metrics] trait        tokens -> metrics/parse -> metrics/model -> metrics/check -> metrics/expand
//! #[derive(Label)]        tokens -> label/parse -> label/model -> label/expand
//! a label's values        args   -> set/parse   -> set         -> set/check     -> set/expand
//!
//! rules    what can be wrong, a row each  grammar  attributes, arguments, kinds, units
//! errors   collects what is wrong         attr     reads an attribute's arguments
//! ty       what a parameter's type tells  lifetime types where no lifetime is in scope
//! name     charsets, cases, misspellings  docs     doc comments as text
//! ```

mod attr;
mod docs;
mod errors;
mod grammar;
mod label;
mod lifetime;
mod located;
mod metrics;
mod name;
mod rules;
mod set;
mod ty;

use proc_macro::TokenStream;

#[allow(missing_docs, reason = "documented where it is re-exported, with links into the library")]
#[proc_macro_attribute]
pub fn metrics(args: TokenStream, item: TokenStream) -> TokenStream {
    metrics::compile(args.into(), item.into()).into()
}

#[allow(missing_docs, reason = "documented with the trait that it implements")]
#[proc_macro_derive(Label, attributes(label))]
pub fn derive_label(item: TokenStream) -> TokenStream {
    label::compile(item.into()).into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
