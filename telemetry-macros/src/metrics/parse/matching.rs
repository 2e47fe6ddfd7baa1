//! Values of labels that an argument selects: `matching(status = "5xx")`, `when(outcome = ["failed"])`.

use crate::attr::{self, Args};
use crate::errors::Errors;
use crate::metrics::model::Matcher;
use crate::rules;
use crate::set::check::is_text;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitStr, Token};

/// An entry: `status = "5xx"` or `outcome = ["failed", "expired"]`.
struct Entry {
    label: Ident,
    values: Expr,
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let label = input.call(Ident::parse_any)?;
        input.parse::<Token![=]>()?;
        Ok(Entry { label, values: input.parse()? })
    }
}

/// Takes the argument `key`, such as `example`. `find` returns a label's index, or reports that it has none;
/// `has_none` whether the label's empty text stands for an absent value.
pub fn matchers(
    args: &mut Args,
    key: &str,
    example: &str,
    find: impl Fn(&Ident, &mut Errors) -> Option<usize>,
    has_none: impl Fn(usize) -> bool,
    errors: &mut Errors,
) -> Vec<Matcher> {
    let Some((at, list)) = args.take_list(key, errors) else { return Vec::new() };
    let entries = Punctuated::<Entry, Token![,]>::parse_terminated.parse2(list);
    let entries = entries.map(|entries| entries.into_iter().map(|entry| Some((texts(&entry)?, entry))));
    let Some(entries) = entries.ok().and_then(Iterator::collect::<Option<Vec<_>>>) else {
        errors.on(at, &rules::argument_value(key, example));
        return Vec::new();
    };
    if entries.is_empty() {
        errors.on(at, &rules::missing_argument_value(key, example));
    }
    let mut matchers: Vec<Matcher> = Vec::new();
    for (values, entry) in entries {
        let Some(label) = find(&entry.label, errors) else { continue };
        if matchers.iter().any(|earlier| earlier.label == label) {
            errors.on(&entry.label, &rules::duplicate_label(entry.label.unraw()));
        }
        let values = distinct(values, has_none(label), errors);
        matchers.push(Matcher { label, values });
    }
    matchers
}

/// Reads a text, or a list of them that is not empty.
fn texts(entry: &Entry) -> Option<Vec<LitStr>> {
    let text = |value: &Expr| syn::parse2::<LitStr>(attr::peel(value).to_token_stream()).ok();
    match attr::peel(&entry.values) {
        Expr::Array(list) if !list.elems.is_empty() => list.elems.iter().map(text).collect(),
        value => text(value).map(|text| vec![text]),
    }
}

/// Returns the texts that can be a label's value, and reports the others and those that stand there twice.
/// `has_none` says that the empty text stands for none.
fn distinct(values: Vec<LitStr>, has_none: bool, errors: &mut Errors) -> Vec<LitStr> {
    let mut kept: Vec<LitStr> = Vec::new();
    for value in values {
        if kept.iter().any(|earlier| earlier.value() == value.value()) {
            errors.on(&value, &rules::matching_twice(value.to_token_stream()));
        } else if (has_none && value.value().is_empty()) || is_text(&value, errors) {
            kept.push(value);
        }
    }
    kept
}
