//! Reads the values of a label from the arguments of its attribute.

use super::{Capped, Listed, Range, Set, Texts, check};
use crate::attr::{self, Args};
use crate::errors::Errors;
use crate::grammar::CAP_MAX;
use crate::rules::{self, Message};
use crate::ty::Sort;
use quote::ToTokens;
use syn::{Expr, ExprLit, Ident, Lit, LitStr, Path, RangeLimits};

/// Takes `with = Type`, which excludes a set.
pub fn with(args: &mut Args, errors: &mut Errors) -> Option<Path> {
    args.key("with")?;
    for key in ["cap", "range", "values"] {
        if let Some(other) = args.key(key) {
            errors.on(other, &rules::label_conflict("with", key));
        }
    }
    args.take_path("with", errors)
}

/// Takes `values = [..]`, `cap = N` and its arguments, `range = A..=B`, or none of these.
/// The set's values are of this sort, as far as it is known.
pub fn open(args: &mut Args, sort: Sort, errors: &mut Errors) -> Set {
    if let Some(at) = args.key("values").cloned() {
        return listed(args, &at, sort, errors);
    }
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
    let cap = args.take_int("cap", errors).filter(|cap| check::is_cap(cap, errors));
    let known = args.take_expr("known", errors).and_then(|list| texts("known", &list, errors));
    let known = known.unwrap_or(Texts::Literal(Vec::new()));
    let other = args.take_text("other", errors).filter(|text| check::is_text(text, errors));
    let max_len = args.take_int("max_len", errors).filter(|len| check::is_max_len(len, errors));
    match (cap, args.take_expr("range", errors)) {
        (Some(cap), None) => {
            let set = Capped { cap, known, other, max_len };
            check::known(&set, errors);
            Set::Capped(set)
        }
        (None, Some(range)) if sort == Sort::Text => {
            errors.on(range, &rules::range_of_text());
            Set::Type
        }
        (None, Some(bounds)) => range(&bounds, errors).map_or(Set::Type, Set::Range),
        (Some(_), Some(_)) => {
            errors.on(range_at, &rules::label_conflict("cap", "range"));
            Set::Type
        }
        (None, None) => Set::Type,
    }
}

/// Takes `values = [..]` and `other`.
fn listed(args: &mut Args, at: &Ident, sort: Sort, errors: &mut Errors) -> Set {
    let complete = !args.broken;
    for key in ["cap", "range", "known", "max_len"] {
        if let Some(other) = args.key(key).cloned() {
            errors.on(other, &rules::label_conflict("values", key));
            args.take_expr(key, errors);
        }
    }
    let other = args.take_text("other", errors).filter(|text| check::is_text(text, errors));
    let Some(list) = args.take_expr("values", errors) else { return Set::Type };
    if sort.is_integer() {
        errors.on(at, &rules::values_of_integer());
        return Set::fallback();
    }
    let Some(texts) = texts("values", &list, errors) else { return Set::fallback() };
    let set = Listed { texts, other };
    if complete {
        check::listed(&set, &list, errors);
    }
    Set::Listed(set)
}

/// Reads a list of texts, or the constant that has them.
fn texts(key: &str, list: &Expr, errors: &mut Errors) -> Option<Texts> {
    let constant = match attr::peel(list) {
        Expr::Reference(reference) => &*reference.expr,
        list => list,
    };
    if matches!(attr::peel(constant), Expr::Path(_)) {
        return Some(Texts::Constant(constant.clone()));
    }
    let Expr::Array(array) = attr::peel(constant) else {
        let example = format!("{key} = [\"email.received\", \"email.sent\"]");
        errors.on(list, &rules::argument_value(key, example));
        return None;
    };
    let mut known: Vec<LitStr> = Vec::new();
    for value in &array.elems {
        match attr::peel(value) {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                if known.iter().any(|earlier| earlier.value() == text.value()) {
                    errors.on(text, &given_twice(key, text));
                } else if check::is_text(text, errors) {
                    known.push(text.clone());
                }
            }
            other => {
                errors.on(other, &rules::argument_value(key, format!("{key} = [\"email.received\"]")));
            }
        }
    }
    Some(Texts::Literal(known))
}

fn given_twice(key: &str, text: &LitStr) -> Message {
    let text = text.to_token_stream();
    if key == "known" { rules::known_twice(text) } else { rules::matching_twice(text) }
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
