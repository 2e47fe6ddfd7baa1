//! The checks that need the labels' types, which the library evaluates in constants of the user's crate.

use super::view::projection;
use super::{Context, event_const};
use crate::lifetime::static_type;
use crate::located::check;
use crate::metrics::model::{
    Alert, AlertLabel, Buckets, Event, Instrument, Label, Log, Matcher, Measure, Namespace, Role, Slo,
    Surface,
};
use crate::ty::Sort;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

/// Generates the rules that need types. Each call stands on the token that the user will change.
pub fn checks(context: &Context<'_>) -> TokenStream {
    let Context { surface, name, private, .. } = context;
    let events = context.events.iter().map(|event| event_checks(context, event));
    let shared = shared_checks(context, surface);
    let texts = texts_checks(context);
    let registration = surface.labels.iter().enumerate().map(|(index, label)| {
        let check = check(private, "registration", label.ident.span());
        quote_spanned!(label.ident.span()=> #check(<dyn #name as #private::Surface>::SCHEMA, #index);)
    });
    let registration: TokenStream = registration.collect();
    let registration = (!registration.is_empty()).then(|| quote!(const _: () = { #registration };));
    // Without labels it has few series. A budget that is missing is missed at the trait's name.
    let has_labels =
        !surface.labels.is_empty() || context.events.iter().any(|event| event.labels().next().is_some());
    let budget = (has_labels || surface.max_series.is_some()).then(|| {
        let span = surface.max_series.as_ref().map_or_else(|| name.span(), syn::LitInt::span);
        let check = check(private, "budget", span);
        quote_spanned!(span=> const _: () = #check(<dyn #name as #private::Surface>::SCHEMA);)
    });
    let namespace = match &surface.namespace {
        Some(Namespace::Constant(path)) => {
            let span = syn::spanned::Spanned::span(path);
            let check = check(private, "namespace", span);
            let has_suffixes = surface.has_suffixes();
            Some(quote_spanned!(span=> const _: () = #check(#path, #has_suffixes);))
        }
        Some(Namespace::Literal(_)) | None => None,
    };
    quote! {
        #namespace
        #(#events)*
        #shared
        #texts
        #registration
        #budget
    }
}

fn event_checks(context: &Context<'_>, event: &Event<'_>) -> TokenStream {
    let Context { name, private, .. } = context;
    let (cfgs, constant) = (&event.cfgs, event_const(event));
    // The macro has checked all that no type can change; a key from a type can clash with any other.
    let typed = event.labels().any(|(_, param, label)| param.has_own_type() || label.optional);
    let labels = event.labels().enumerate().filter(|_| typed).map(|(place, (_, param, _))| {
        let check = check(private, "label", param.ident.span());
        quote_spanned!(param.ident.span()=> #check(<dyn #name>::#constant, #place);)
    });
    let every = event.logs().flat_map(|log| &log.every).map(|every| {
        let check = check(private, "every", every.span());
        quote_spanned!(every.span()=> #check(<dyn #name>::#constant);)
    });
    let whens = event.logs().enumerate().flat_map(|(at, log)| when_checks(context, event, at, log));
    let buckets =
        event.instruments.iter().enumerate().filter_map(|(index, instrument)| match &instrument.buckets {
            Buckets::Expr(expr) if !matches!(expr, syn::Expr::Verbatim(_)) => {
                let span = syn::spanned::Spanned::span(expr);
                let check = check(private, "buckets", span);
                Some(quote_spanned!(span=> #check(<dyn #name>::#constant, #index);))
            }
            _ => None,
        });
    let numbers = event.instruments.iter().filter_map(|one| number_check(private, event, one));
    let alerts = event.instruments.iter().enumerate().flat_map(|(index, instrument)| {
        instrument
            .alerts
            .iter()
            .enumerate()
            .map(move |(at, alert)| alert_checks(context, event, (index, at), alert))
    });
    let slos = event.instruments.iter().enumerate().flat_map(|(index, instrument)| {
        let slos = instrument.slos.iter().enumerate();
        slos.map(move |(at, slo)| slo_checks(context, event, (index, at), slo))
    });
    let initial = event.instruments.iter().enumerate().filter_map(|(index, one)| {
        let span = one.initial.filter(|initial| initial.is_zero && one.observed.is_none())?.span;
        let check = check(private, "initial", span);
        Some(quote_spanned!(span=> #check(<dyn #name>::#constant, #index);))
    });
    let checks = initial
        .chain(labels)
        .chain(every)
        .chain(whens)
        .chain(buckets)
        .chain(numbers)
        .chain(alerts)
        .chain(slos);
    let calls: TokenStream = checks.collect();
    if calls.is_empty() {
        return calls;
    }
    quote! {
        #(#cfgs)*
        const _: () = { #calls };
    }
}

/// Generates the rules of texts that come from a constant. Many of them are compared for long.
fn texts_checks(context: &Context<'_>) -> TokenStream {
    let Context { surface, name, private, .. } = context;
    let check = |cfgs: &[&syn::Attribute], label: &Label, schema: TokenStream| {
        let span = syn::spanned::Spanned::span(label.set.constant()?);
        let check = check(private, "texts", span);
        Some(quote_spanned! {span=>
            #(#cfgs)*
            #[allow(long_running_const_eval)]
            const _: () = #check(&#schema.set);
        })
    };
    let registration = surface.labels.iter().enumerate().filter_map(|(at, param)| match &param.role {
        Role::Label(label) => check(&[], label, quote!(<dyn #name>::__LABELS[#at])),
        Role::Value(_) | Role::Context | Role::Unknown => None,
    });
    // A removal has the sets of the instruments that it names.
    let events = context.events.iter().filter(|event| event.removal.is_none());
    let own = events.flat_map(|event| {
        let constant = event_const(event);
        event.labels().enumerate().filter_map(move |(at, (_, _, label))| {
            check(&event.cfgs, label, quote!(<dyn #name>::#constant.labels[#at]))
        })
    });
    registration.chain(own).collect()
}

/// Generates the rule that an instrument does not add up states, where the name of the type does not tell.
fn number_check(private: &TokenStream, event: &Event<'_>, instrument: &Instrument) -> Option<TokenStream> {
    let Measure::Param(index) = instrument.measure else { return None };
    let (_, param, value) = event.values().find(|(at, ..)| *at == index)?;
    if instrument.kind.takes_states() || value.sort != Sort::Other {
        return None;
    }
    let (ty, span) = (static_type(&value.inner), param.ident.span());
    let check = check(private, "number", span);
    // As the schema asks the type, so that a type that is no value is one error.
    let is_state = projection(&ty, &quote!(#private::Value), "IS_STATE");
    Some(quote_spanned!(span=> #check(#is_state);))
}

/// Generates the rules of the values in `when`. `at` is the index of the line among the event's.
fn when_checks(context: &Context<'_>, event: &Event<'_>, at: usize, log: &Log) -> Vec<TokenStream> {
    let Context { name, private, .. } = context;
    let constant = event_const(event);
    let values = log.when.iter().enumerate().flat_map(|(matcher, given)| {
        given.values.iter().enumerate().map(move |(value, text)| (matcher, value, text.span()))
    });
    let check = |(matcher, value, span)| {
        let check = check(private, "log_value", span);
        quote_spanned!(span=> #check(<dyn #name>::#constant, #at, #matcher, #value);)
    };
    values.map(check).collect()
}

/// Generates the rules of one alert. `at` is the index of its instrument, and its own among the instrument's.
fn alert_checks(
    context: &Context<'_>,
    event: &Event<'_>,
    (instrument, at): (usize, usize),
    alert: &Alert,
) -> TokenStream {
    let Context { name, private, .. } = context;
    let constant = event_const(event);
    let call = |rule: &str, span: Span, rest: TokenStream| {
        let check = check(private, rule, span);
        quote_spanned!(span=> #check(<dyn #name as #private::Surface>::SCHEMA, <dyn #name>::#constant, #instrument, #at #rest);)
    };
    let values = texts(&alert.matching)
        .map(|(matcher, text, span)| call("alert_value", span, quote!(, #matcher, #text)));
    let of = texts(&alert.of).map(|(matcher, text, span)| call("alert_of", span, quote!(, #matcher, #text)));
    let others = alert.to.iter().chain(&alert.also).enumerate();
    let to = others.map(|(counter, name)| call("alert_to", name.span(), quote!(, #counter)));
    let several = !alert.to.is_empty() || !alert.also.is_empty();
    let by = alert.by.iter().filter_map(|label| match label {
        AlertLabel::Own(ident, label) if several => {
            Some(call("alert_by", ident.span(), quote!(, #label, false)))
        }
        AlertLabel::Own(..) | AlertLabel::Instance => None,
    });
    // Each counter of a sum has the labels by which its series are selected.
    let summed = alert.matching.iter().filter(|_| !alert.also.is_empty()).filter_map(|matcher| {
        let label = matcher.label;
        Some(call("alert_by", matcher.texts().next()?.span(), quote!(, #label, true)))
    });
    let divided = alert.of.iter().filter(|_| alert.to.len() > 1 || !alert.also.is_empty());
    let names = alert.of_labels(context.surface, event, &event.instruments[instrument]);
    let divided = divided.filter_map(|of| {
        let word = syn::ext::IdentExt::unraw(&of.label).to_string();
        let label = names.iter().position(|name| *name == word)?;
        Some(call("alert_of_label", of.label.span(), quote!(, #label)))
    });
    let span = syn::spanned::Spanned::span(&alert.threshold);
    let bound = alert.quantile.iter().map(|_| call("alert_bound", span, TokenStream::new()));
    let blind = is_for_any_event(alert).then(|| call("alert_blind", span, TokenStream::new()));
    let all = values.chain(of).chain(to).chain(by).chain(summed).chain(divided).chain(bound).chain(blind);
    all.collect()
}

/// Returns the texts of matchers: the index of each matcher, that of its text, and the place.
fn texts<L>(matchers: &[Matcher<L>]) -> impl Iterator<Item = (usize, usize, Span)> {
    matchers.iter().enumerate().flat_map(|(matcher, given)| {
        given.texts().enumerate().map(move |(text, lit)| (matcher, text, lit.span()))
    })
}

/// Generates the rules of one objective. `at` is the index of its instrument, and its own among the
/// instrument's.
fn slo_checks(
    context: &Context<'_>,
    event: &Event<'_>,
    (instrument, at): (usize, usize),
    slo: &Slo,
) -> TokenStream {
    let Context { name, private, .. } = context;
    let constant = event_const(event);
    let of = slo.good.len();
    let others = texts(&slo.of).map(|(matcher, text, span)| (matcher + of, text, span));
    let values = texts(&slo.good).chain(others).map(|(matcher, text, span)| {
        let check = check(private, "slo_value", span);
        quote_spanned!(span=> #check(<dyn #name as #private::Surface>::SCHEMA, <dyn #name>::#constant, #instrument, #at, #matcher, #text);)
    });
    let bound = slo.below.iter().map(|bound| {
        let span = syn::spanned::Spanned::span(bound);
        let check = check(private, "slo_bound", span);
        quote_spanned!(span=> #check(<dyn #name>::#constant, #instrument, #at);)
    });
    values.chain(bound).collect()
}

/// Returns true if any share at all is above the threshold: the first event counts.
fn is_for_any_event(alert: &Alert) -> bool {
    let is_share = alert.quantity.variant == "Ratio";
    is_share && alert.above && crate::attr::number(&alert.threshold) == Some(0.0)
}

/// Generates the rule that two events which feed one instrument have the same labels.
fn shared_checks(context: &Context<'_>, surface: &Surface<'_>) -> TokenStream {
    let Context { name, private, .. } = context;
    let checks = surface.instruments().filter_map(|(event, index, instrument)| {
        let (first, first_index) = surface.fed_first(event, instrument)?;
        let (cfgs, first_cfgs) = (&event.cfgs, &first.cfgs);
        let (one, other) = (event_const(first), event_const(event));
        let check = check(private, "shared", instrument.name.span);
        let check = quote_spanned! {instrument.name.span=>
            #check(<dyn #name>::#one, #first_index, <dyn #name>::#other, #index)
        };
        Some(quote! {
            #(#first_cfgs)*
            #(#cfgs)*
            const _: () = #check;
        })
    });
    checks.collect()
}
