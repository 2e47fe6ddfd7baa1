//! The instruments that a method feeds: name, value, unit, labels, buckets.

use super::{context_as_value, initial, names, stability, suffixes, value_instead};
use crate::attr::{self, Args};
use crate::errors::{Errors, instead, one_of_arguments};
use crate::grammar::{BUCKETS_MAX, Kind, SECONDS_BUCKETS, UNITS, Unit};
use crate::metrics::model::{
    Buckets, Event, Instrument, InstrumentLabel, Key, Measure, Name, Param, Role, Value, Was,
};
use crate::set::Set;
use crate::ty::{self, Sort};
use crate::{name, rules};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprArray, Ident, Token};

pub fn instruments(
    event: &Event<'_>,
    attrs: &[(&'static Kind, &Attribute)],
    errors: &mut Errors,
) -> Vec<Instrument> {
    attrs.iter().map(|(kind, attr)| instrument(event, kind, attr, errors)).collect()
}

fn instrument(event: &Event<'_>, kind: &'static Kind, attr: &Attribute, errors: &mut Errors) -> Instrument {
    let mut args = Args::of(attr, &kind.grammar, false, errors);
    let total = args.key("total").map(Ident::span);
    let measure = measure(event, kind, &mut args, errors);
    let unit = unit(event, &measure, &mut args, errors);
    Instrument {
        span: args.span,
        kind,
        name: name_of(event, kind, &mut args, errors),
        labels: labels(event, &measure, &mut args, errors),
        buckets: buckets(event, kind, (&measure, unit), &mut args, errors),
        signed: args.take_flag("signed", errors).is_some(),
        native: args.take_flag("native", errors),
        initial: initial(&mut args, errors),
        total,
        observed: args.take_flag("observed", errors),
        help: args.take_text("help", errors),
        suffixes: suffixes(&mut args, errors),
        stability: stability(&mut args, errors),
        was: was(&mut args, errors),
        deprecated: args.take_text("deprecated", errors),
        measure,
        unit,
        alerts: Vec::new(),
        slos: Vec::new(),
    }
}

fn name_of(event: &Event<'_>, kind: &Kind, args: &mut Args, errors: &mut Errors) -> Name {
    match args.take_text("name", errors) {
        Some(text) => Name { text: text.value(), span: text.span(), explicit: true },
        None => {
            let method = event.name();
            let text = method.strip_prefix(kind.prefix).filter(|rest| !rest.is_empty()).unwrap_or(&method);
            Name { text: text.to_owned(), span: event.method.sig.ident.span(), explicit: false }
        }
    }
}

/// Takes the former name.
fn was(args: &mut Args, errors: &mut Errors) -> Option<Was> {
    let complete = !args.broken;
    let (name, until) = (args.take_text("was", errors), args.take_text("until", errors));
    match (name, until) {
        (Some(name), until) => Some(Was { name, until }),
        (None, Some(until)) if complete => {
            errors.on(until, &rules::until_needs());
            None
        }
        (None, _) => None,
    }
}

/// Takes `in_flight`, `value = param` or `value = -1`; without them, the kind's own default.
fn measure(event: &Event<'_>, kind: &Kind, args: &mut Args, errors: &mut Errors) -> Measure {
    if args.take_flag("in_flight", errors).is_some() {
        if let Some(value) = args.key("value").cloned() {
            args.take_expr("value", errors);
            errors.on(value, &rules::in_flight_value());
        }
        return Measure::InFlight;
    }
    if args.key("total").is_some() {
        return total_of(event, kind, args, errors);
    }
    if args.key("value").is_some() {
        let value = args.take_expr("value", errors);
        return value.map_or(Measure::Unknown, |value| measure_of(event, kind, &value, errors));
    }
    let values: Vec<(usize, String)> =
        event.values().map(|(index, param, _)| (index, param.name())).collect();
    let attr = kind.grammar.attr;
    match values.as_slice() {
        _ if args.broken => Measure::Unknown,
        _ if kind.counts_calls => Measure::Calls,
        [(index, _)] => Measure::Param(*index),
        // A parameter that could not be read may have been meant.
        [] if event.params.iter().any(|param| matches!(param.role, Role::Unknown)) => Measure::Unknown,
        [] => {
            errors.at(args.span, &rules::missing_value(attr, value_to_add(event, kind)));
            Measure::Unknown
        }
        _ => {
            let choices: Vec<String> = values.into_iter().map(|(_, name)| name).collect();
            errors.at(args.span, &rules::ambiguous_value(attr, one_of_arguments("value", &choices)));
            Measure::Unknown
        }
    }
}

/// Reads `total = ...`: the parameter with a total that somebody else keeps.
fn total_of(event: &Event<'_>, kind: &Kind, args: &mut Args, errors: &mut Errors) -> Measure {
    if let Some(value) = args.key("value").cloned() {
        args.take_expr("value", errors);
        errors.on(value, &rules::total_value());
    }
    let Some(total) = args.take_expr("total", errors) else { return Measure::Unknown };
    if attr::number(&total).is_some() {
        errors.on(&total, &rules::argument_value("total", "total = bytes"));
        return Measure::Unknown;
    }
    measure_of(event, kind, &total, errors)
}

/// Returns the help for a method without a value: it may mean a parameter whose type is not known to be one.
fn value_to_add(event: &Event<'_>, kind: &Kind) -> String {
    let of_sort = |sort: Sort| {
        let mut labels = event.labels();
        labels.find(|(_, param, label)| matches!(label.set, Set::Type) && ty::sort(param.ty) == sort)
    };
    if let Some((_, param, _)) = of_sort(Sort::Bool).filter(|_| !kind.buckets) {
        let name = param.name();
        if kind.takes_states() {
            return format!("write `#[value] {name}: bool` for 1 or 0: without it, a `bool` is a label");
        }
        return format!("take `{name}: u64`, and pass `u64::from({name})`: a `bool` is a label");
    }
    if let Some(param) =
        event.context().find(|param| ty::sort(ty::option(param.ty).unwrap_or(param.ty)).is_number())
    {
        return context_as_value(param);
    }
    if let Some((_, param, _)) = of_sort(Sort::Other) {
        let (name, ty) = (param.name(), ty::show(param.ty));
        return format!("write `#[value] {name}: {ty}` if that is a number, or add `value: f64`");
    }
    format!("add a parameter to `{}`, such as `value: f64`", event.name())
}

/// Reads the expression of `value = ...`.
fn measure_of(event: &Event<'_>, kind: &Kind, value: &Expr, errors: &mut Errors) -> Measure {
    if attr::number(value).is_some() {
        attr::is_plain_number(value, errors);
        return Measure::Constant(attr::peel(value).clone());
    }
    let Some(ident) = attr::ident(value) else {
        errors.on(value, &rules::argument_value("value", "value = count"));
        return Measure::Unknown;
    };
    match event.params.iter().position(|param| ident.unraw() == param.name()) {
        Some(index) if matches!(event.params[index].role, Role::Value(_)) => Measure::Param(index),
        Some(index) if matches!(event.params[index].role, Role::Unknown) => Measure::Unknown,
        found => {
            let choices = names(event.values().map(|(_, param, _)| &param.ident));
            let help = match found {
                Some(index) => not_as_value(kind, &event.params[index]),
                None => value_instead(&ident, &choices),
            };
            errors.on(&ident, &rules::unknown_value(ident.unraw(), help));
            Measure::Unknown
        }
    }
}

/// Returns the help for a `value` that names a label or context.
fn not_as_value(kind: &Kind, param: &Param<'_>) -> String {
    let name = param.name();
    if matches!(param.role, Role::Context) {
        return context_as_value(param);
    }
    match ty::sort(param.ty) {
        Sort::Bool if kind.takes_states() => {
            "mark it with `#[value]` for 1 or 0: without it, a `bool` is a label".to_owned()
        }
        Sort::Bool => format!("take `{name}: u64`, and pass `u64::from({name})`: a `bool` is a label"),
        _ => format!("`{name}` is a label: mark it with `#[value]` if it is a number"),
    }
}

fn unit(event: &Event<'_>, measure: &Measure, args: &mut Args, errors: &mut Errors) -> Option<&'static Unit> {
    let ident = args.take_ident("unit", errors);
    let unit = ident.as_ref().and_then(|ident| unit_named(ident, errors));
    args.broken |= ident.is_some() && unit.is_none();
    let Measure::Param(index) = measure else { return unit };
    let measured = event.values().find(|(at, ..)| at == index);
    if let (Some((_, param, Value { sort: Sort::Bool, .. })), Some(unit)) = (measured, unit) {
        errors.on(ident, &rules::state_unit(param.name(), unit.name));
        return None;
    }
    let Some((_, _, value)) = measured.filter(|(_, _, value)| value.sort.is_seconds()) else { return unit };
    if let Some(other) = unit.filter(|unit| unit.name != "seconds") {
        let ty = if value.sort == Sort::Time { "SystemTime" } else { "Duration" };
        errors.on(ident, &rules::duration_unit(ty, other.name));
    }
    UNITS.iter().find(|unit| unit.name == "seconds")
}

fn unit_named(ident: &Ident, errors: &mut Errors) -> Option<&'static Unit> {
    let written = ident.unraw().to_string();
    let unit = UNITS.iter().find(|unit| unit.name == written);
    if unit.is_none() {
        let known: Vec<&str> = UNITS.iter().map(|unit| unit.name).collect();
        let base = UNITS.iter().find(|unit| unit.instead_of.contains(&written.to_lowercase().as_str()));
        let help = match (base, name::nearest(&written, &known)) {
            (Some(base), _) => format!("use the base unit `{}`, and convert at the call", base.name),
            (None, Some(like)) => format!("did you mean `{like}`?"),
            (None, None) => "remove it, or use a base unit such as `seconds`, `bytes` or `ratio`".to_owned(),
        };
        errors.on(ident, &rules::unknown_unit(written, help));
    }
    unit
}

/// An entry of `labels(...)`.
enum Entry {
    Param(Ident),
    Constant(Key, Expr),
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ident = input.call(Ident::parse_any)?;
        let mut key = Key { text: ident.unraw().to_string(), tokens: ident.to_token_stream() };
        while input.peek(Token![.]) {
            let (dot, next): (Token![.], Ident) = (input.parse()?, input.call(Ident::parse_any)?);
            key.text.extend([".", &next.unraw().to_string()]);
            key.tokens.extend(quote!(#dot #next));
        }
        if key.text.contains('.') || input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            return Ok(Entry::Constant(key, input.parse()?));
        }
        Ok(Entry::Param(ident))
    }
}

/// Takes the labels: all of the method, or those that `labels(...)` names, and the constants that it adds.
/// What is in flight has those that are known at the start.
fn labels(
    event: &Event<'_>,
    measure: &Measure,
    args: &mut Args,
    errors: &mut Errors,
) -> Vec<InstrumentLabel> {
    let is_in_flight = matches!(measure, Measure::InFlight);
    let registration = || (0..event.registration.len()).map(InstrumentLabel::Registration);
    let all = || {
        let labels = event.labels().filter(move |(_, param, _)| !(is_in_flight && param.end.is_some()));
        registration().chain(labels.map(|(index, ..)| InstrumentLabel::Param(index)))
    };
    let Some((at, list)) = args.take_list("labels", errors) else { return all().collect() };
    let Ok(entries) = Punctuated::<Entry, Token![,]>::parse_terminated.parse2(list) else {
        errors.on(at, &rules::argument_value("labels", "labels(method, result = \"hit\")"));
        return all().collect();
    };
    let exact = entries.is_empty() || entries.iter().any(|entry| matches!(entry, Entry::Param(_)));
    let mut labels: Vec<InstrumentLabel> = if exact { registration().collect() } else { all().collect() };
    for entry in entries {
        match entry {
            Entry::Param(ident) => match label(event, &ident, &labels, errors) {
                Some(label) if is_in_flight && is_given_at_end(event, &label) => {
                    errors.on(&ident, &rules::in_flight_end(ident.unraw()));
                }
                label => labels.extend(label),
            },
            Entry::Constant(key, value) => labels.extend(constant(key, &value, errors)),
        }
    }
    labels
}

/// Returns true if a guard takes the label at its end.
fn is_given_at_end(event: &Event<'_>, label: &InstrumentLabel) -> bool {
    matches!(label, InstrumentLabel::Param(index) if event.params[*index].end.is_some())
}

fn label(
    event: &Event<'_>,
    ident: &Ident,
    before: &[InstrumentLabel],
    errors: &mut Errors,
) -> Option<InstrumentLabel> {
    let known = names(event.labels().map(|(_, param, _)| &param.ident));
    let written = ident.unraw().to_string();
    let index = event.params.iter().position(|param| param.name() == written);
    let index = match index.map(|index| (index, &event.params[index].role)) {
        Some((index, Role::Label(_))) => index,
        Some((_, Role::Unknown)) => return None,
        Some((_, Role::Value(_))) => {
            let help = format!("`{written}` is a value: mark it with `#[label(range = 0..=9)]`");
            errors.on(ident, &rules::unknown_label(written, help));
            return None;
        }
        Some((_, Role::Context)) => {
            let help = "remove it: context makes no series; what does is a label, with a cap";
            errors.on(ident, &rules::unknown_label(written, help));
            return None;
        }
        None => {
            let help = if event.registration.iter().any(|label| label.name() == written) {
                format!("remove it: every metric has `{written}`, which is given at registration")
            } else if known.is_empty() {
                "remove it: the method has no label".to_owned()
            } else {
                instead(&written, &known, "write")
            };
            errors.on(ident, &rules::unknown_label(written, help));
            return None;
        }
    };
    if before.iter().any(|label| matches!(label, InstrumentLabel::Param(at) if *at == index)) {
        errors.on(ident, &rules::duplicate_label(written));
        return None;
    }
    Some(InstrumentLabel::Param(index))
}

fn constant(key: Key, value: &Expr, errors: &mut Errors) -> Option<InstrumentLabel> {
    match attr::peel(value) {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => {
            Some(InstrumentLabel::Constant { key, value: text.clone() })
        }
        other => {
            errors.on(other, &rules::constant_value(key.text));
            None
        }
    }
}

fn buckets(
    event: &Event<'_>,
    kind: &Kind,
    (measure, unit): (&Measure, Option<&'static Unit>),
    args: &mut Args,
    errors: &mut Errors,
) -> Buckets {
    match args.take_expr("buckets", errors) {
        Some(Expr::Array(array)) => literals(&array, errors),
        Some(Expr::Reference(reference)) => Buckets::Expr(*reference.expr),
        Some(other @ (Expr::Lit(_) | Expr::Range(_) | Expr::Tuple(_) | Expr::Unary(_))) => {
            errors.on(other, &rules::argument_value("buckets", "buckets = [0.005, 0.05, 0.5]"));
            Buckets::None
        }
        Some(Expr::Macro(list)) if list.mac.path.is_ident("vec") => {
            let bounds = list.mac.tokens.to_string().replace(" ,", ",");
            errors.on(&list, &rules::argument_value("buckets", format!("buckets = [{bounds}]")));
            Buckets::None
        }
        Some(expr) => Buckets::Expr(expr),
        None if !kind.buckets || args.broken => Buckets::None,
        None if unit.is_some_and(|unit| unit.name == "seconds") => Buckets::Expr(seconds_buckets()),
        // The value is not known, and one that is a duration needs none.
        None if matches!(measure, Measure::Unknown) && may_be_duration(event) => Buckets::None,
        None => {
            errors.at(args.span, &rules::missing_buckets(event.name()));
            Buckets::None
        }
    }
}

/// Returns true if one of the method's parameters can be the duration that an instrument takes.
fn may_be_duration(event: &Event<'_>) -> bool {
    event.has_unknown()
        || event.values().count() == 0
        || event.values().any(|(_, _, value)| value.sort == Sort::Duration)
}

/// Bounds that are literals; a constant can hold others, which the compiler checks.
fn literals(array: &ExprArray, errors: &mut Errors) -> Buckets {
    let count = array.elems.len();
    if count == 0 || count > BUCKETS_MAX {
        errors.on(array, &rules::buckets_size(count, BUCKETS_MAX));
    }
    Buckets::Literal(array.elems.iter().filter_map(|bound| literal(bound, errors)).collect())
}

fn literal(bound: &Expr, errors: &mut Errors) -> Option<(f64, Expr)> {
    let number = attr::number(bound).filter(|number| number.is_finite());
    if number.is_none() {
        errors.on(bound, &rules::bucket_number(bound.to_token_stream().to_string().replace(" :: ", "::")));
    }
    // Every bound is a float in the schema, also where the user writes an integer.
    number.map(|number| (number, bound.clone()))
}

fn seconds_buckets() -> Expr {
    let bounds = SECONDS_BUCKETS;
    let tokens: TokenStream = quote!([#(#bounds),*]);
    Expr::Verbatim(tokens)
}
