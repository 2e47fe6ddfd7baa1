//! Checks what a label's values and its key may be.

use super::{Capped, Listed, Texts};
use crate::errors::Errors;
use crate::grammar::{CAP_MAX, TEXT_MAX};
use crate::{name, rules};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Expr, LitInt, LitStr};

/// Returns true if a text can be a label's value.
pub fn is_text(text: &LitStr, errors: &mut Errors) -> bool {
    let fault = name::text_fault(&text.value());
    if let Some(fault) = fault {
        errors.on(text, &rules::label_text(text.to_token_stream(), fault));
    }
    fault.is_none()
}

/// Checks the text of an absent value. An empty one is allowed, which to Prometheus is no label.
pub fn none(text: &LitStr, errors: &mut Errors) {
    if !text.value().is_empty() {
        is_text(text, errors);
    }
}

/// Returns true if a text can be a label's key.
pub fn is_key(key: &str, at: impl ToTokens, errors: &mut Errors) -> bool {
    if name::RESERVED_LABELS.contains(&key) {
        errors.on(at, &rules::reserved_label(key));
    } else if name::SCRAPED_LABELS.contains(&key) {
        errors.on(at, &rules::scraped_label(key));
    } else if let Some(fault) = name::key_fault(key) {
        errors.on(at, &rules::label_key(key, fault));
    } else {
        return true;
    }
    false
}

/// Returns true if a number can be a cap.
pub fn is_cap(cap: &LitInt, errors: &mut Errors) -> bool {
    let fits = cap.base10_parse::<u32>().is_ok_and(|cap| (1..=CAP_MAX).contains(&cap));
    if !fits {
        errors.on(cap, &rules::cap_size(CAP_MAX));
    }
    fits
}

/// Returns true if a number can be the length of the longest text.
pub fn is_max_len(len: &LitInt, errors: &mut Errors) -> bool {
    let fits = len.base10_parse::<usize>().is_ok_and(|len| (32..=4096).contains(&len));
    if !fits {
        errors.on(len, &rules::max_len_size());
    }
    fits
}

/// Checks that a list has a text, and not the one for all others.
pub fn listed(set: &Listed, at: &Expr, errors: &mut Errors) {
    let Texts::Literal(texts) = &set.texts else { return };
    let other = set.other.as_ref().map_or_else(|| "other".to_owned(), LitStr::value);
    if texts.is_empty() {
        errors.on(at, &rules::values_empty());
    }
    for text in texts.iter().filter(|text| text.value() == other) {
        errors.on(text, &rules::values_other(text.to_token_stream()));
    }
}

/// Checks that the known texts fit into an open set.
pub fn known(set: &Capped, errors: &mut Errors) {
    let cap = set.cap.base10_parse::<usize>().unwrap_or(usize::MAX);
    let max_len = set.max_len.as_ref().map_or(TEXT_MAX, |max| max.base10_parse().unwrap_or(TEXT_MAX));
    let other = set.other.as_ref().map_or_else(|| "other".to_owned(), LitStr::value);
    let Texts::Literal(texts) = &set.known else { return };
    if texts.len() > cap {
        errors.on(&set.cap, &rules::known_size(texts.len(), cap));
    }
    for known in texts {
        if known.value() == other {
            errors.on(known, &rules::known_other(known.to_token_stream()));
        } else if known.value().len() > max_len {
            errors.on(known, &rules::known_length(known.to_token_stream(), known.value().len()));
        }
    }
}

impl Capped {
    /// Returns true if both say the same set.
    pub fn same(&self, other: &Capped) -> bool {
        self.domain(&TokenStream::new()).to_string() == other.domain(&TokenStream::new()).to_string()
    }
}
