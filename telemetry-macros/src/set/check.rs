//! Checks what a label's values and its key may be.

use super::Capped;
use crate::errors::Errors;
use crate::grammar::{CAP_MAX, TEXT_MAX};
use crate::{name, rules};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{LitInt, LitStr};

/// Returns true if a text can be a label's value.
pub fn is_text(text: &LitStr, errors: &mut Errors) -> bool {
    let fault = name::text_fault(&text.value());
    if let Some(fault) = fault {
        errors.on(text, &rules::label_text(text.to_token_stream(), fault));
    }
    fault.is_none()
}

/// Returns true if a text can be a label's key.
pub fn is_key(key: &str, at: impl ToTokens, errors: &mut Errors) -> bool {
    if name::RESERVED_LABELS.contains(&key) {
        errors.on(at, &rules::reserved_label(key));
    } else if name::SCRAPED_LABELS.contains(&key) {
        errors.on(at, &rules::scraped_label(key));
    } else if let Some(fault) = name::fault(key) {
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

/// Checks that the known texts fit into an open set.
pub fn known(set: &Capped, errors: &mut Errors) {
    let cap = set.cap.base10_parse::<usize>().unwrap_or(usize::MAX);
    let max_len = set.max_len.as_ref().map_or(TEXT_MAX, |max| max.base10_parse().unwrap_or(TEXT_MAX));
    let other = set.other.as_ref().map_or_else(|| "other".to_owned(), LitStr::value);
    if set.known.len() > cap {
        errors.on(&set.cap, &rules::known_size(set.known.len(), cap));
    }
    for known in &set.known {
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
