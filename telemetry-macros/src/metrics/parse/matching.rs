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

/// An entry: `status = "5xx"`, `outcome = ["failed", "expired"]` or `route != starts_with("/internal/")`.
struct Entry {
    label: Ident,
    negated: bool,
    values: Expr,
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let label = input.call(Ident::parse_any)?;
        let negated = input.parse::<Option<Token![!=]>>()?.is_some();
        if !negated {
            input.parse::<Token![=]>()?;
        }
        Ok(Entry { label, negated, values: input.parse()? })
    }
}

/// A text of an entry.
enum Text {
    Value(LitStr),
    /// `starts_with("/api/")`
    Prefix(LitStr),
}

/// An argument that selects values.
pub struct Selector {
    pub key: &'static str,
    /// An example to type, for a message.
    pub example: &'static str,
    /// True if it takes values alone: no beginnings, and not all but some.
    pub plain: bool,
}

/// Takes the argument. `find` returns a label, or reports an unknown name. `has_none` returns true if the
/// label's empty text stands for an absent value.
pub fn matchers<L: PartialEq>(
    args: &mut Args,
    selector: &Selector,
    find: impl Fn(&Ident, &mut Errors) -> Option<L>,
    has_none: impl Fn(&L) -> bool,
    errors: &mut Errors,
) -> Vec<Matcher<L>> {
    let Selector { key, example, plain } = *selector;
    let Some((at, list)) = args.take_list(key, errors) else { return Vec::new() };
    let entries = Punctuated::<Entry, Token![,]>::parse_terminated.parse2(list);
    let entries =
        entries.map(|entries| entries.into_iter().map(|entry| Some((texts(&entry, plain)?, entry))));
    let Some(entries) = entries.ok().and_then(Iterator::collect::<Option<Vec<_>>>) else {
        errors.on(at, &rules::argument_value(key, example));
        return Vec::new();
    };
    if entries.is_empty() {
        errors.on(at, &rules::missing_argument_value(key, example));
    }
    let mut matchers: Vec<Matcher<L>> = Vec::new();
    for (texts, entry) in entries {
        let Some(label) = find(&entry.label, errors) else { continue };
        if matchers.iter().any(|earlier| earlier.label == label) {
            errors.on(&entry.label, &rules::duplicate_label(entry.label.unraw()));
        }
        let has_none = has_none(&label);
        let mut matcher = Matcher { label, values: Vec::new(), prefixes: Vec::new(), negated: entry.negated };
        distinct(texts, has_none, &mut matcher, errors);
        matchers.push(matcher);
    }
    matchers
}

/// Reads a text, or a list of them that is not empty.
fn texts(entry: &Entry, plain: bool) -> Option<Vec<Text>> {
    if plain && entry.negated {
        return None;
    }
    let text = |value: &Expr| {
        if let (Expr::Call(call), false) = (attr::peel(value), plain) {
            let is_prefix = attr::ident(&call.func).is_some_and(|name| name == "starts_with");
            let prefix = call.args.first().and_then(attr::text).filter(|text| !text.value().is_empty());
            return prefix.filter(|_| is_prefix && call.args.len() == 1).map(Text::Prefix);
        }
        attr::text(value).map(Text::Value)
    };
    match attr::peel(&entry.values) {
        Expr::Array(list) if !list.elems.is_empty() => list.elems.iter().map(text).collect(),
        value => text(value).map(|text| vec![text]),
    }
}

/// Adds the texts that can be a label's value, and reports the others and those that stand there twice.
/// `has_none` says that the empty text stands for none.
fn distinct<L>(texts: Vec<Text>, has_none: bool, matcher: &mut Matcher<L>, errors: &mut Errors) {
    for text in texts {
        let (text, kept) = match text {
            Text::Value(value) => (value, &mut matcher.values),
            Text::Prefix(prefix) => (prefix, &mut matcher.prefixes),
        };
        if kept.iter().any(|earlier| earlier.value() == text.value()) {
            errors.on(&text, &rules::matching_twice(text.to_token_stream()));
        } else if (has_none && text.value().is_empty()) || is_text(&text, errors) {
            kept.push(text);
        }
    }
}
