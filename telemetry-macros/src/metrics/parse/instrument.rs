//! The instruments that a method feeds: name, value, unit, labels, buckets.

use super::names;
use crate::attr::{self, Args};
use crate::errors::{Errors, instead, one_of};
use crate::grammar::{Kind, SECONDS_BUCKETS, UNITS, Unit};
use crate::metrics::model::{Buckets, Event, Instrument, InstrumentLabel, Measure, Name};
use crate::rules;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, Token};

pub fn instruments(
    event: &Event<'_>,
    attrs: &[(&'static Kind, &Attribute)],
    errors: &mut Errors,
) -> Vec<Instrument> {
    attrs.iter().map(|(kind, attr)| instrument(event, kind, attr, errors)).collect()
}

fn instrument(event: &Event<'_>, kind: &'static Kind, attr: &Attribute, errors: &mut Errors) -> Instrument {
    let mut args = Args::of(attr, &kind.grammar, false, errors);
    let measure = measure(event, kind, &mut args, errors);
    let unit_given = args.key("unit").is_some();
    let unit = unit(&mut args, errors);
    let unit = if is_duration(event, &measure) { seconds(unit, unit_given, attr, errors) } else { unit };
    Instrument {
        span: args.span,
        kind,
        name: name(event, kind, &mut args, errors),
        labels: labels(event, &mut args, errors),
        buckets: buckets(event, kind, unit, &mut args, errors),
        signed: args.take_flag("signed", errors).is_some(),
        help: args.take_text("help", errors),
        measure,
        unit,
        alerts: Vec::new(),
    }
}

fn name(event: &Event<'_>, kind: &Kind, args: &mut Args, errors: &mut Errors) -> Name {
    match args.take_text("name", errors) {
        Some(text) => Name { text: text.value(), span: text.span(), explicit: true },
        None => {
            let method = event.name();
            let text = method.strip_prefix(kind.prefix).filter(|rest| !rest.is_empty()).unwrap_or(&method);
            Name { text: text.to_owned(), span: event.method.sig.ident.span(), explicit: false }
        }
    }
}

/// `value = param`, `value = -1`, or what the kind takes without it.
fn measure(event: &Event<'_>, kind: &Kind, args: &mut Args, errors: &mut Errors) -> Measure {
    let values: Vec<(usize, String)> =
        event.values().map(|(index, param, _)| (index, param.name())).collect();
    let choices: Vec<&str> = values.iter().map(|(_, name)| name.as_str()).collect();
    let attr = kind.grammar.attr;
    if args.key("value").is_some() {
        let Some(value) = args.take_expr("value", errors) else { return Measure::Calls };
        if attr::number(&value).is_some() {
            return Measure::Constant(value);
        }
        let Some(ident) = attr::ident(&value) else {
            errors.on(&value, &rules::argument_value("value", "value = count"));
            return Measure::Calls;
        };
        return match values.iter().find(|(_, name)| ident.unraw() == name) {
            Some((index, _)) => Measure::Param(*index),
            None => {
                let help = instead(&ident.to_string(), &choices, "its values are");
                errors.on(&ident, &rules::unknown_value(ident.unraw(), help));
                Measure::Calls
            }
        };
    }
    match values.as_slice() {
        _ if kind.counts_calls => Measure::Calls,
        [] => {
            // A parameter that could not be read may have been meant.
            if event.params.iter().all(|param| !matches!(param.role, crate::metrics::model::Role::Unknown)) {
                errors.at(args.span, &rules::missing_value(attr, event.name()));
            }
            Measure::Calls
        }
        [(index, _)] => Measure::Param(*index),
        _ => {
            errors.at(args.span, &rules::ambiguous_value(attr, one_of(&choices)));
            Measure::Calls
        }
    }
}

fn unit(args: &mut Args, errors: &mut Errors) -> Option<&'static Unit> {
    let ident = args.take_ident("unit", errors)?;
    let written = ident.unraw().to_string();
    let unit = UNITS.iter().find(|unit| unit.name == written);
    if unit.is_none() {
        let known: Vec<&str> = UNITS.iter().map(|unit| unit.name).collect();
        let base = UNITS.iter().find(|unit| unit.instead_of.contains(&written.to_lowercase().as_str()));
        let help = match base {
            Some(base) => format!("use the base unit `{}`, and convert at the call", base.name),
            None => instead(&written, &known, "the units are"),
        };
        errors.on(ident, &rules::unknown_unit(written, help));
    }
    unit
}

fn is_duration(event: &Event<'_>, measure: &Measure) -> bool {
    let Measure::Param(index) = measure else { return false };
    event.values().any(|(at, _, value)| at == *index && value.duration)
}

/// The unit of a `Duration`.
fn seconds(
    unit: Option<&'static Unit>,
    given: bool,
    attr: &Attribute,
    errors: &mut Errors,
) -> Option<&'static Unit> {
    let seconds = UNITS.iter().find(|unit| unit.name == "seconds");
    if let (Some(unit), true) = (unit, given)
        && unit.name != "seconds"
    {
        errors.on(attr.path(), &rules::duration_unit(unit.name));
    }
    seconds
}

/// An entry of `labels(...)`.
enum Entry {
    Param(Ident),
    Constant(Ident, Expr),
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = input.call(Ident::parse_any)?;
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            return Ok(Entry::Constant(key, input.parse()?));
        }
        Ok(Entry::Param(key))
    }
}

/// All labels of the method, unless `labels(...)` names some; and the constants that it adds.
fn labels(event: &Event<'_>, args: &mut Args, errors: &mut Errors) -> Vec<InstrumentLabel> {
    let all = || event.labels().map(|(index, ..)| InstrumentLabel::Param(index));
    let Some((at, list)) = args.take_list("labels", errors) else { return all().collect() };
    let Ok(entries) = Punctuated::<Entry, Token![,]>::parse_terminated.parse2(list) else {
        errors.on(at, &rules::argument_value("labels", "labels(method, result = \"hit\")"));
        return all().collect();
    };
    let mut labels: Vec<InstrumentLabel> = Vec::new();
    let exact = entries.is_empty() || entries.iter().any(|entry| matches!(entry, Entry::Param(_)));
    if !exact {
        labels.extend(all());
    }
    for entry in entries {
        match entry {
            Entry::Param(ident) => labels.extend(label(event, &ident, &labels, errors)),
            Entry::Constant(key, value) => labels.extend(constant(key, &value, errors)),
        }
    }
    labels
}

fn label(
    event: &Event<'_>,
    ident: &Ident,
    before: &[InstrumentLabel],
    errors: &mut Errors,
) -> Option<InstrumentLabel> {
    let known = names(event.labels().map(|(_, param, _)| &param.ident));
    let written = ident.unraw().to_string();
    let Some((index, ..)) = event.labels().find(|(_, param, _)| param.name() == written) else {
        let help = instead(&written, &known, "its labels are");
        errors.on(ident, &rules::unknown_label(written, help));
        return None;
    };
    if before.iter().any(|label| matches!(label, InstrumentLabel::Param(at) if *at == index)) {
        errors.on(ident, &rules::duplicate_label(written));
        return None;
    }
    Some(InstrumentLabel::Param(index))
}

fn constant(key: Ident, value: &Expr, errors: &mut Errors) -> Option<InstrumentLabel> {
    match attr::peel(value) {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => {
            Some(InstrumentLabel::Constant { key, value: text.clone() })
        }
        other => {
            errors.on(other, &rules::constant_value(key));
            None
        }
    }
}

fn buckets(
    event: &Event<'_>,
    kind: &Kind,
    unit: Option<&'static Unit>,
    args: &mut Args,
    errors: &mut Errors,
) -> Buckets {
    let given = args.key("buckets").is_some();
    match args.take_expr("buckets", errors) {
        Some(Expr::Array(array)) => {
            Buckets::Literal(array.elems.iter().filter_map(|bound| literal(bound, errors)).collect())
        }
        Some(Expr::Reference(reference)) => Buckets::Expr(*reference.expr),
        Some(expr) => Buckets::Expr(expr),
        None if !kind.buckets || given => Buckets::None,
        None if unit.is_some_and(|unit| unit.name == "seconds") => Buckets::Expr(seconds_buckets()),
        None => {
            errors.at(args.span, &rules::missing_buckets(event.name()));
            Buckets::None
        }
    }
}

/// A bound, if it is a literal; a name in the list is left to the compiler with the rest.
fn literal(bound: &Expr, errors: &mut Errors) -> Option<(f64, Expr)> {
    let number = attr::number(bound).filter(|number| number.is_finite());
    if number.is_none() {
        errors.on(bound, &rules::bucket_number(bound.to_token_stream()));
    }
    // Every bound is a float in the schema, also where the user writes an integer.
    number.map(|number| (number, bound.clone()))
}

fn seconds_buckets() -> Expr {
    let bounds = SECONDS_BUCKETS;
    let tokens: TokenStream = quote!([#(#bounds),*]);
    Expr::Verbatim(tokens)
}
