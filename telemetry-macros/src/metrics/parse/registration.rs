//! `labels(...)` of the trait: the labels that are given at registration.

use super::param;
use crate::attr::Args;
use crate::errors::Errors;
use crate::lifetime::elided;
use crate::metrics::model::Param;
use crate::{rules, ty};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{FnArg, PatType, Token, parse_quote};

/// Takes the labels as parameters, each name once. Their lifetimes are left out: the struct has one for all.
pub fn labels(args: &mut Args, errors: &mut Errors) -> Vec<PatType> {
    let Some((at, list)) = args.take_list("labels", errors) else { return Vec::new() };
    let parse = |input: ParseStream<'_>| Punctuated::<FnArg, Token![,]>::parse_terminated(input);
    let Ok(params) = parse.parse2(list) else {
        errors.on(at, &rules::registration_label());
        return Vec::new();
    };
    if params.is_empty() {
        errors.on(at, &rules::registration_empty());
    }
    let mut labels: Vec<PatType> = Vec::new();
    for param in params {
        match param {
            FnArg::Typed(label) if labels.iter().any(|earlier| name(earlier) == name(&label)) => {
                errors.on(&label.pat, &rules::duplicate_label(name(&label)));
            }
            FnArg::Typed(label) => labels.push(without_lifetimes(sized(label, errors))),
            FnArg::Receiver(receiver) => errors.on(receiver, &rules::registration_label()),
        }
    }
    labels
}

fn name(label: &PatType) -> String {
    label.pat.to_token_stream().to_string()
}

/// Puts a type that no struct can have right, so that no error of rustc's follows.
fn sized(label: PatType, errors: &mut Errors) -> PatType {
    if !ty::is_unsized(&label.ty) && !ty::has_impl(&label.ty) {
        return label;
    }
    errors.on(&label.ty, &rules::nameless_type(ty::show(&label.ty)));
    PatType { ty: parse_quote!(&'static str), attrs: vec![parse_quote!(#[label(cap = 1)])], ..label }
}

fn without_lifetimes(label: PatType) -> PatType {
    let ty = syn::parse2(elided(&label.ty)).map_or(label.ty, Box::new);
    PatType { ty, ..label }
}

/// Parses the labels. What is not one is reported, and unknown.
pub fn params<'a>(labels: &'a [PatType], errors: &mut Errors) -> Vec<Param<'a>> {
    labels.iter().filter_map(|label| param::registration(label, errors)).collect()
}
