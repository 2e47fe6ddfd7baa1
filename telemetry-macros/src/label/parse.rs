//! Tokens to model, and every rule of the derive.

use super::model::{Label, Newtype, Values, Variant};
use crate::attr::Args;
use crate::errors::Errors;
use crate::grammar::{Grammar, LABEL_ENUM, LABEL_STRUCT, LABEL_VARIANT};
use crate::name::{CASES, Case};
use crate::set::check::{is_key, is_text};
use crate::set::{self, Set};
use crate::ty::{self, Sort};
use crate::{docs, name, rules};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DataEnum, DataStruct, DeriveInput, Fields, GenericParam, LitStr};

pub fn label<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Label<'a> {
    let grammar = if matches!(input.data, Data::Enum(_)) { &LABEL_ENUM } else { &LABEL_STRUCT };
    let mut args = args(&input.attrs, grammar, errors);
    let krate = args.take_crate(errors);
    let name = args.take_text("name", errors).filter(|name| is_key(&name.value(), name, errors));
    let help = docs::summary(&input.attrs);
    let mut params = input.generics.params.iter();
    if let Some(param) = params.find(|param| !matches!(param, GenericParam::Lifetime(_))) {
        errors.on(param, &rules::derive_generic(&input.ident));
        return Label { input, krate, name, help, values: Values::Unknown };
    }
    let values = match &input.data {
        Data::Enum(data) => variants(input, data, &mut args, errors),
        Data::Struct(data) => newtype(input, data, &mut args, errors),
        Data::Union(data) => {
            errors.on(data.union_token, &rules::derive_union(&input.ident));
            Values::Unknown
        }
    };
    Label { input, krate, name, help, values }
}

/// Returns the arguments of the item's `#[label(...)]`.
fn args(attrs: &[Attribute], grammar: &'static Grammar, errors: &mut Errors) -> Args {
    let mut ours = attrs.iter().filter(|attr| attr.path().is_ident(grammar.attr));
    let first = ours.next();
    if let Some(second) = ours.next() {
        errors.on(second.path(), &rules::duplicate_attribute(grammar.attr));
    }
    match first {
        Some(attr) => Args::of(attr, grammar, false, errors),
        None => Args::parse(TokenStream::new(), grammar, Span::call_site(), errors),
    }
}

fn variants<'a>(input: &DeriveInput, data: &'a DataEnum, args: &mut Args, errors: &mut Errors) -> Values<'a> {
    if data.variants.is_empty() {
        errors.on(&input.ident, &rules::derive_empty(&input.ident));
        return Values::Unknown;
    }
    let case = args.take_text("rename_all", errors).map_or(&CASES[0], |text| case(&text, errors));
    let mut variants: Vec<Variant<'a>> = Vec::new();
    let mut sound = true;
    let mut fields = data.variants.iter().flat_map(|variant| &variant.fields);
    let owned = fields.any(|field| ty::sort(&field.ty) == Sort::Owned);
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            errors.on(&variant.fields, &rules::derive_fields(&variant.ident));
            sound = false;
        }
        let read = self::variant(variant, case, &variants, errors);
        variants.push(read);
    }
    match (sound, owned) {
        (true, _) => Values::Variants(variants),
        (false, true) => Values::Owned,
        (false, false) => Values::Unknown,
    }
}

fn case(text: &LitStr, errors: &mut Errors) -> &'static Case {
    let written = text.value();
    CASES.iter().find(|case| case.name == written).unwrap_or_else(|| {
        let names: Vec<&str> = CASES.iter().map(|case| case.name).collect();
        let instead = name::nearest(&written, &names)
            .map_or_else(|| format!("use {}", name::cases()), |like| format!("did you mean `{like}`?"));
        errors.on(text, &rules::rename_all(text.to_token_stream(), instead));
        &CASES[0]
    })
}

fn variant<'a>(
    variant: &'a syn::Variant,
    case: &Case,
    before: &[Variant<'_>],
    errors: &mut Errors,
) -> Variant<'a> {
    let ident = &variant.ident;
    let mut args = args(&variant.attrs, &LABEL_VARIANT, errors);
    let rename = args.take_text("rename", errors).filter(|text| is_text(text, errors));
    let text = rename.as_ref().map_or_else(|| case.apply(&ident.unraw().to_string()), LitStr::value);
    if let Some(first) = before.iter().find(|first| first.text == text) {
        let at = rename.as_ref().map_or_else(|| ident.to_token_stream(), ToTokens::to_token_stream);
        errors.on(at, &rules::derive_value_twice(format!("\"{text}\""), first.ident));
    } else if rename.is_none()
        && let Some(fault) = name::text_fault(&text)
    {
        errors.on(ident, &rules::label_text(format!("\"{text}\""), fault));
    }
    let other = args.take_flag("other", errors);
    if let (Some(span), Some(first)) = (other, before.iter().find(|first| first.other)) {
        errors.at(span, &rules::derive_two_others(first.ident));
    }
    Variant { ident, text, help: docs::summary(&variant.attrs), other: other.is_some() }
}

fn newtype<'a>(
    input: &DeriveInput,
    data: &'a DataStruct,
    args: &mut Args,
    errors: &mut Errors,
) -> Values<'a> {
    for attr in data.fields.iter().flat_map(|field| &field.attrs) {
        if attr.path().is_ident(LABEL_STRUCT.attr) {
            errors.on(attr.path(), &rules::derive_field_attribute(&input.ident));
            return Values::Unknown;
        }
    }
    let inner = match &data.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed.first().map(|field| &field.ty),
        _ => None,
    };
    let Some(inner) = inner else {
        let message = match data.fields.len() {
            count @ 2.. => rules::derive_several_fields(&input.ident, count),
            _ => rules::derive_newtype(&input.ident),
        };
        errors.on(&input.ident, &message);
        return Values::Unknown;
    };
    if let Some((at, message)) = ty::fault(inner).or_else(|| ty::label_fault(inner)) {
        errors.on(at, &message);
        return if ty::sort(inner) == Sort::Owned { Values::Owned } else { Values::Unknown };
    }
    if !["cap", "values", "range"].iter().any(|key| args.may_have(key)) {
        errors.on(&input.ident, &rules::derive_without_cap(&input.ident));
    }
    let set = match set::parse::open(args, ty::sort(inner), errors) {
        Set::Type | Set::Unbounded | Set::With(_) => Set::fallback(),
        set => set,
    };
    Values::Newtype(Newtype { inner, set })
}
