//! The values of a label, as an attribute states them: a cap, a range, or another type.

use crate::attr::{self, Args};
use crate::errors::Errors;
use crate::grammar::{CAP_MAX, TEXT_MAX};
use crate::ty::Sort;
use crate::{name, rules};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, ExprLit, Ident, Lit, LitInt, LitStr, Path, RangeLimits};

/// Who says what a label's values are.
#[derive(Default)]
pub enum Set {
    /// The parameter's type.
    #[default]
    Type,
    /// A type that it is converted into.
    With(Path),
    /// Nobody: it is text or an integer, which needs no set where no series is kept by it.
    Unbounded,
    /// The attribute: any value up to a cap.
    Capped(Capped),
    /// The attribute: the integers of a range.
    Range(Range),
}

/// An open set and its cap.
pub struct Capped {
    pub cap: LitInt,
    pub known: Vec<LitStr>,
    pub other: Option<LitStr>,
    pub max_len: Option<LitInt>,
}

/// A range of integers, ends included.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub start: i64,
    pub end: i64,
}

/// Takes `with = Type`, which excludes a set.
pub fn with(args: &mut Args, errors: &mut Errors) -> Option<Path> {
    args.key("with")?;
    for key in ["cap", "range"] {
        if let Some(other) = args.key(key) {
            errors.on(other, &rules::label_conflict("with", key));
        }
    }
    args.take_path("with", errors)
}

/// Takes `cap = N` and its arguments, or `range = A..=B`, or neither.
/// The set's values are of this sort, as far as it is known.
pub fn open(args: &mut Args, sort: Sort, errors: &mut Errors) -> Set {
    let range_at = args.key("range").cloned();
    let has_cap = args.key("cap").is_some();
    for key in ["known", "other", "max_len"] {
        match args.key(key).cloned() {
            Some(alone) if !(has_cap || args.broken) => {
                let conflict = rules::label_conflict("range", key);
                let message = if range_at.is_some() { conflict } else { rules::label_needs(key, "cap") };
                errors.on(alone, &message);
                args.broken = true;
            }
            _ => {}
        }
    }
    let cap = args.take_int("cap", errors).filter(|cap| is_cap(cap, errors));
    let known = args.take_expr("known", errors).map_or_else(Vec::new, |list| texts(&list, errors));
    let other = args.take_text("other", errors).filter(|text| is_text(text, errors));
    let max_len = args.take_int("max_len", errors).filter(|len| is_max_len(len, errors));
    let range = args.take_expr("range", errors);
    match (cap, range) {
        (Some(cap), None) => capped(Capped { cap, known, other, max_len }, errors),
        (None, Some(range)) if sort == Sort::Text => {
            errors.on(range, &rules::range_of_text());
            Set::Type
        }
        (None, Some(range)) => self::range(&range, errors).map_or(Set::Type, Set::Range),
        (Some(_), Some(_)) => {
            errors.on(range_at, &rules::label_conflict("cap", "range"));
            Set::Type
        }
        (None, None) => Set::Type,
    }
}

fn capped(set: Capped, errors: &mut Errors) -> Set {
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
    Set::Capped(set)
}

fn is_cap(cap: &LitInt, errors: &mut Errors) -> bool {
    let fits = cap.base10_parse::<u32>().is_ok_and(|cap| (1..=CAP_MAX).contains(&cap));
    if !fits {
        errors.on(cap, &rules::cap_size(CAP_MAX));
    }
    fits
}

fn is_max_len(len: &LitInt, errors: &mut Errors) -> bool {
    let fits = len.base10_parse::<usize>().is_ok_and(|len| (32..=4096).contains(&len));
    if !fits {
        errors.on(len, &rules::max_len_size());
    }
    fits
}

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
    } else if let Some(fault) = name::fault(key) {
        errors.on(at, &rules::label_key(key, fault));
    } else {
        return true;
    }
    false
}

fn texts(list: &Expr, errors: &mut Errors) -> Vec<LitStr> {
    let Expr::Array(array) = attr::peel(list) else {
        errors.on(list, &rules::argument_value("known", "known = [\"email.received\", \"email.sent\"]"));
        return Vec::new();
    };
    let mut known: Vec<LitStr> = Vec::new();
    for value in &array.elems {
        match attr::peel(value) {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                if known.iter().any(|earlier| earlier.value() == text.value()) {
                    errors.on(text, &rules::known_twice(text.to_token_stream()));
                } else if is_text(text, errors) {
                    known.push(text.clone());
                }
            }
            other => errors.on(other, &rules::argument_value("known", "known = [\"email.received\"]")),
        }
    }
    known
}

fn range(value: &Expr, errors: &mut Errors) -> Option<Range> {
    let bounds = match attr::peel(value) {
        Expr::Range(range) => {
            let start = range.start.as_deref().and_then(attr::integer);
            let end = range.end.as_deref().and_then(attr::integer);
            let closed = matches!(range.limits, RangeLimits::Closed(_));
            start.zip(end.and_then(|end| if closed { Some(end) } else { end.checked_sub(1) }))
        }
        _ => None,
    };
    match bounds {
        Some((start, end)) if start > end => errors.on(value, &rules::range_bounds()),
        Some((start, end)) if end.abs_diff(start) >= u64::from(CAP_MAX) => {
            errors.on(value, &rules::range_size(CAP_MAX));
        }
        Some((start, end)) => return Some(Range { start, end }),
        None => errors.on(value, &rules::range_bounds()),
    }
    None
}

impl Set {
    /// Returns some open set, for a label whose set has an error.
    pub fn fallback() -> Self {
        let cap = LitInt::new("1", Span::call_site());
        Set::Capped(Capped { cap, known: Vec::new(), other: None, max_len: None })
    }
}

impl Capped {
    /// Generates the constant expression of the domain.
    pub fn domain(&self, private: &TokenStream) -> TokenStream {
        let Capped { cap, known, other, max_len } = self;
        let known = (!known.is_empty()).then(|| quote!(.known(&[#(#known),*])));
        let other = other.iter();
        let max_len = max_len.iter();
        quote!(#private::Domain::new(#cap) #known #(.other(#other))* #(.max_len(#max_len))*)
    }

    /// Returns true if both say the same set.
    pub fn same(&self, other: &Capped) -> bool {
        self.domain(&TokenStream::new()).to_string() == other.domain(&TokenStream::new()).to_string()
    }
}

impl Range {
    pub fn set(self, private: &TokenStream) -> TokenStream {
        let Range { start, end } = self;
        quote!(#private::LabelSet::Range { start: #start, end: #end })
    }
}

/// Returns the token for an error about an optional name: the name, or the identifier that it renames.
pub fn at<'a>(name: Option<&'a LitStr>, ident: &'a Ident) -> &'a dyn ToTokens {
    match name {
        Some(name) => name,
        None => ident,
    }
}
