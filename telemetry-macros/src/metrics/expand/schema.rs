//! The schema as constants on `dyn Trait`, and the checks of it that need the labels' types.

use super::{Context, call, domain_const, event_const, site_const};
use crate::grammar::{STABILITIES, WINDOW};
use crate::lifetime::static_type;
use crate::metrics::model::{
    Alert, AlertLabel, Buckets, Event, Instrument, InstrumentLabel, Label, Log, Measure, Param, Surface,
};
use crate::set::Set;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use std::collections::BTreeMap;

pub fn schema(context: &Context<'_>) -> TokenStream {
    let Context { surface, name, private, .. } = context;
    let domains = domains(context);
    let events = context.events.iter().map(|event| event_consts(context, event));
    let listed = context.events.iter().map(|event| {
        let (cfgs, constant) = (&event.cfgs, event_const(event));
        quote!(#(#cfgs)* <dyn #name>::#constant)
    });
    let (text, help) = (name.to_string(), surface.help.join("\n\n"));
    let source = source(private, name.span());
    let namespace = surface.namespace.iter();
    let max_series = surface.max_series.iter();
    let calls = call::members(context);
    quote! {
        impl dyn #name {
            #domains
            #(#events)*
        }

        impl #private::Surface for dyn #name {
            const SCHEMA: &'static #private::Schema = {
                static SCHEMA: #private::Schema =
                    #private::Schema::new(#text, #source, &[#(#listed),*])
                        .package(
                            ::core::option_env!("CARGO_PKG_NAME"),
                            ::core::option_env!("CARGO_PKG_VERSION"),
                        )
                        .help(#help)
                        #(.namespace(#namespace))*
                        #(.max_series(#max_series))*;
                &SCHEMA
            };

            #calls
        }
    }
}

/// Generates a domain for each key with a cap, once for the methods that feed an instrument in common.
fn domains(context: &Context<'_>) -> TokenStream {
    let private = &context.private;
    let mut domains: BTreeMap<Ident, TokenStream> = BTreeMap::new();
    for event in &context.events {
        for (_, param, label) in event.labels() {
            if let Set::Capped(capped) = &label.set {
                let name = domain_const(context.surface, event, param);
                domains.entry(name).or_insert_with(|| capped.domain(private));
            }
        }
    }
    let (names, values) = (domains.keys(), domains.values());
    quote! {
        #(const #names: &'static #private::Domain = {
            static DOMAIN: #private::Domain = #values;
            &DOMAIN
        };)*
    }
}

fn event_consts(context: &Context<'_>, event: &Event<'_>) -> TokenStream {
    let Context { name, private, .. } = context;
    let (cfgs, constant, site) = (&event.cfgs, event_const(event), site_const(event));
    let schema = event_schema(context, event);
    let fields = 1 + event.labels().count() + event.values().count();
    quote! {
        #(#cfgs)*
        const #constant: &'static #private::EventSchema = {
            static EVENT: #private::EventSchema = #schema;
            &EVENT
        };
        #(#cfgs)*
        const #site: &'static #private::Site = {
            static SITE: #private::Site = #private::Site::new(
                <dyn #name>::#constant,
                &const { #private::field_names::<#fields>(<dyn #name>::#constant) },
                &SITE,
            );
            &SITE
        };
    }
}

fn event_schema(context: &Context<'_>, event: &Event<'_>) -> TokenStream {
    let Context { surface, private, .. } = context;
    let (text, help) = (event.name(), event.help.join("\n\n"));
    let namespace = surface.namespace.as_ref().map_or_else(|| quote!(""), ToTokens::to_token_stream);
    let source = source(private, event.method.sig.ident.span());
    let labels: Vec<_> =
        event.labels().map(|(_, param, label)| label_schema(context, event, param, label)).collect();
    let values: Vec<_> = event
        .values()
        .map(|(_, param, value)| {
            let (text, ty, optional) = (param.name(), static_type(&value.inner), value.optional);
            quote!(#private::ValueSchema::new(#text, <#ty as #private::Value>::RECORDED_AS, #optional))
        })
        .collect();
    let instruments =
        event.instruments.iter().map(|instrument| instrument_schema(context, event, instrument));
    let labels = (!labels.is_empty()).then(|| quote!(.labels(&[#(#labels),*])));
    let values = (!values.is_empty()).then(|| quote!(.values(&[#(#values),*])));
    let log = log_schema(private, event, &event.log);
    quote! {
        #private::EventSchema::new(#text, #help, #namespace, ::core::module_path!(), #source)
            #labels
            #values
            .instruments(&[#(#instruments),*])
            #log
    }
}

fn label_schema(context: &Context<'_>, event: &Event<'_>, param: &Param<'_>, label: &Label) -> TokenStream {
    let Context { surface, name, private, .. } = context;
    let text = param.name();
    let key = match &label.name {
        Some(key) => quote!(#private::Some(#key)),
        None => quote!(#private::None),
    };
    let ty = match &label.set {
        Set::With(ty) => ty.to_token_stream(),
        Set::Type | Set::Unbounded | Set::Capped(_) | Set::Range(_) => static_type(param.ty),
    };
    let (type_key, set) = match &label.set {
        Set::Type | Set::With(_) => {
            (quote!(<#ty as #private::Label>::NAME), quote!(<#ty as #private::Label>::SET))
        }
        Set::Capped(_) => {
            let domain = domain_const(surface, event, param);
            (quote!(#private::None), quote!(#private::LabelSet::Open(<dyn #name>::#domain)))
        }
        Set::Range(range) => (quote!(#private::None), range.set(private)),
        // No series is kept by it, so that the cap is never asked for.
        Set::Unbounded => (
            quote!(#private::None),
            quote!({
                static DOMAIN: #private::Domain = #private::Domain::new(0);
                #private::LabelSet::Open(&DOMAIN)
            }),
        ),
    };
    // The type knows whether it is an `Option`, even behind an alias; a path without one does not.
    let optional = match &label.set {
        Set::Type => quote!(<#ty as #private::Label>::OPTIONAL),
        _ => label.optional.to_token_stream(),
    };
    let none = label.none.as_ref().map_or_else(|| quote!(#private::NONE), ToTokens::to_token_stream);
    quote!(#private::LabelSchema::new(#text, #key, #type_key, #set).none(#optional, #none))
}

fn instrument_schema(context: &Context<'_>, event: &Event<'_>, instrument: &Instrument) -> TokenStream {
    let private = &context.private;
    let (kind, text) = (format_ident!("{}", instrument.kind.variant), &instrument.name.text);
    let help = instrument.help.as_ref().map_or_else(|| event.help.join("\n\n"), syn::LitStr::value);
    let source = source(private, instrument.span);
    let unit = instrument.unit.map(|unit| {
        let variant = format_ident!("{}", unit.variant);
        quote!(.unit(#private::Unit::#variant))
    });
    let measure = measure(private, event, &instrument.measure);
    let labels = labels(private, event, instrument);
    let buckets = buckets(&instrument.buckets);
    let signed = instrument.signed.then(|| quote!(.signed()));
    let shared = context.surface.is_shared(instrument).then(|| quote!(.shared()));
    let stable = context.surface.stability(instrument);
    let stability = (stable.name != STABILITIES[0].name).then(|| {
        let variant = format_ident!("{}", stable.variant);
        quote!(.stability(#private::Stability::#variant))
    });
    let was = instrument.was.as_ref().map(|was| {
        let (name, until) = (&was.name, was.until.iter());
        let help = format!("Deprecated, use `{text}`. {help}");
        quote!(.was(#private::FormerName::new(#name, #help) #(.until(#until))*))
    });
    let alerts = alerts(context, instrument);
    quote! {
        #private::InstrumentSchema::new(#private::Kind::#kind, #text, #help, #source)
            #unit #measure #labels #buckets #signed #shared #stability #was #alerts
    }
}

fn measure(private: &TokenStream, event: &Event<'_>, measure: &Measure) -> Option<TokenStream> {
    match measure {
        Measure::Calls | Measure::Unknown => None,
        Measure::Param(index) => {
            let place = event.place(*index);
            Some(quote!(.measure(#private::Measure::Value(#place))))
        }
        Measure::Constant(value) => {
            let number = constant(private, value);
            Some(quote!(.measure(#private::Measure::Constant(#number))))
        }
    }
}

/// Generates a literal as a number: an integer stays one.
fn constant(private: &TokenStream, value: &syn::Expr) -> TokenStream {
    match crate::attr::integer(value) {
        Some(int) => match u64::try_from(int) {
            Ok(int) => quote!(#private::Number::U64(#int)),
            Err(_) => quote!(#private::Number::I64(#int)),
        },
        None => quote!(#private::Number::F64(#value)),
    }
}

fn labels(private: &TokenStream, event: &Event<'_>, instrument: &Instrument) -> Option<TokenStream> {
    let labels = instrument.labels.iter().map(|label| match label {
        InstrumentLabel::Param(index) => {
            let place = event.place(*index);
            quote!(#private::InstrumentLabel::Param(#place))
        }
        InstrumentLabel::Constant { key, value } => {
            let key = syn::ext::IdentExt::unraw(key).to_string();
            quote!(#private::InstrumentLabel::Constant { key: #key, value: #value })
        }
    });
    (!instrument.labels.is_empty()).then(|| quote!(.labels(&[#(#labels),*])))
}

fn buckets(buckets: &Buckets) -> Option<TokenStream> {
    match buckets {
        Buckets::None => None,
        Buckets::Literal(bounds) => {
            let bounds = bounds.iter().map(|(bound, _)| bound);
            Some(quote!(.buckets(&[#(#bounds),*])))
        }
        // A slice of what may be an array or a slice: both have this method, and in constants.
        Buckets::Expr(expr) => Some(quote!(.buckets((#expr).split_at(0).1))),
    }
}

fn alerts(context: &Context<'_>, instrument: &Instrument) -> Option<TokenStream> {
    let rules = instrument.alerts.iter().map(|alert| self::alert(context, instrument, alert));
    (!instrument.alerts.is_empty()).then(|| quote!(.alerts(&[#(#rules),*])))
}

fn alert(context: &Context<'_>, instrument: &Instrument, alert: &Alert) -> TokenStream {
    let private = &context.private;
    let name = alert.name(context.surface, instrument);
    let condition = format_ident!("{}", if alert.above { "Above" } else { "Below" });
    let threshold = float(&alert.threshold);
    let over = alert.quantity.takes.contains(&"over").then(|| match &alert.over {
        Some(over) => quote!(.over(#over)),
        None => quote!(.over(#WINDOW)),
    });
    let hold = alert.hold.as_ref().map(|hold| quote!(.hold(#hold)));
    let severity = alert.severity.as_ref().map(|severity| quote!(.severity(#severity)));
    let runbook = alert.runbook.as_ref().map(|runbook| quote!(.runbook(#runbook)));
    let (quantity, matching, by) = (quantity(private, alert), matching(private, alert), by(alert));
    quote! {
        #private::AlertSchema::new(#name, #private::Condition::#condition(#threshold))
            #quantity #matching #by #over #hold #severity #runbook
    }
}

/// Generates the quantity that is compared; a level by default. A missing argument has been reported already.
fn quantity(private: &TokenStream, alert: &Alert) -> Option<TokenStream> {
    let takes = |part| alert.quantity.takes.contains(&part);
    let variant = format_ident!("{}", alert.quantity.variant);
    let fields = if takes("quantile") {
        let quantile = alert.quantile.as_ref().map_or_else(|| quote!(0.5f64), float);
        Some(quote!((#quantile)))
    } else if takes("to") {
        let to = alert.to.as_ref().map(|to| syn::ext::IdentExt::unraw(to).to_string());
        let to = to.map_or_else(
            || quote!(::core::option::Option::None),
            |to| quote!(::core::option::Option::Some(#to)),
        );
        Some(quote!({ to: #to }))
    } else {
        None
    };
    (variant != "Level").then(|| quote!(.quantity(#private::Quantity::#variant #fields)))
}

fn matching(private: &TokenStream, alert: &Alert) -> Option<TokenStream> {
    let matchers = alert.matching.iter().map(|matcher| {
        let (label, values) = (matcher.label, &matcher.values);
        quote!(#private::Matcher { label: #label, values: &[#(#values),*] })
    });
    (!alert.matching.is_empty()).then(|| quote!(.matching(&[#(#matchers),*])))
}

fn by(alert: &Alert) -> TokenStream {
    let own = alert.by.iter().filter_map(|label| match label {
        AlertLabel::Own(_, at) => Some(at),
        AlertLabel::Instance => None,
    });
    let own: Vec<&usize> = own.collect();
    let labels = (!own.is_empty()).then(|| quote!(.by(&[#(#own),*])));
    let instance = (own.len() < alert.by.len()).then(|| quote!(.per_instance()));
    quote!(#labels #instance)
}

/// Generates a number literal as a float, also if the user wrote an integer.
fn float(value: &syn::Expr) -> TokenStream {
    crate::attr::number(value).unwrap_or_default().to_token_stream()
}

fn log_schema(private: &TokenStream, event: &Event<'_>, log: &Log) -> Option<TokenStream> {
    let name = log.name.as_ref().map_or_else(|| event.name().to_token_stream(), ToTokens::to_token_stream);
    let settings = [
        log.off.then(|| quote!(.off())),
        log.level.map(|level| {
            let level = format_ident!("{level}");
            quote!(.level(#private::Level::#level))
        }),
        log.target.as_ref().map(|target| quote!(.target(#target))),
        log.every.as_ref().map(|every| quote!(.every(#every))),
        log.or_above.as_ref().map(float).map(|bound| quote!(.or_above(#bound))),
        log.or_below.as_ref().map(float).map(|bound| quote!(.or_below(#bound))),
        log.skip_zero.then(|| quote!(.skip_zero())),
        log.on.map(|on| {
            let place = event.place(on);
            quote!(.on(#place))
        }),
    ];
    let settings: Vec<TokenStream> = settings.into_iter().flatten().collect();
    (log.name.is_some() || !settings.is_empty())
        .then(|| quote!(.log(#private::LogSchema::new(#name) #(#settings)*)))
}

/// Generates the source location of a token, as the compiler names it.
fn source(private: &TokenStream, span: Span) -> TokenStream {
    let line = quote_spanned!(span=> ::core::line!());
    quote!(#private::Source { file: ::core::file!(), line: #line })
}

/// Generates the rules that need types. Each call stands on the token that the user will change.
pub fn checks(context: &Context<'_>) -> TokenStream {
    let Context { surface, name, private, .. } = context;
    let events = context.events.iter().map(|event| event_checks(context, event));
    let shared = shared_checks(context, surface);
    // Without labels it has few series. A budget that is missing is missed at the trait's name.
    let has_labels = context.events.iter().any(|event| event.labels().next().is_some());
    let budget = (has_labels || surface.max_series.is_some()).then(|| {
        let span = surface.max_series.as_ref().map_or_else(|| name.span(), syn::LitInt::span);
        let check = check(private, "budget", span);
        quote_spanned!(span=> const _: () = #check(<dyn #name as #private::Surface>::SCHEMA);)
    });
    quote! {
        #(#events)*
        #shared
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
    let every = event.log.every.iter().map(|every| {
        let check = check(private, "every", every.span());
        quote_spanned!(every.span()=> #check(<dyn #name>::#constant);)
    });
    let buckets =
        event.instruments.iter().enumerate().filter_map(|(index, instrument)| match &instrument.buckets {
            Buckets::Expr(expr) if !matches!(expr, syn::Expr::Verbatim(_)) => {
                let span = syn::spanned::Spanned::span(expr);
                let check = check(private, "buckets", span);
                Some(quote_spanned!(span=> #check(<dyn #name>::#constant, #index);))
            }
            _ => None,
        });
    let alerts = event.instruments.iter().enumerate().flat_map(|(index, instrument)| {
        instrument
            .alerts
            .iter()
            .enumerate()
            .map(move |(at, alert)| alert_checks(context, event, (index, at), alert))
    });
    let calls: TokenStream = labels.chain(every).chain(buckets).chain(alerts).collect();
    if calls.is_empty() {
        return calls;
    }
    quote! {
        #(#cfgs)*
        const _: () = { #calls };
    }
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
    let values = alert.matching.iter().enumerate().flat_map(|(matcher, given)| {
        given.values.iter().enumerate().map(move |(value, text)| (matcher, value, text.span()))
    });
    let values = values.map(|(matcher, value, span)| call("alert_value", span, quote!(, #matcher, #value)));
    let to = alert.to.iter().map(|to| call("alert_to", to.span(), TokenStream::new()));
    let divided = alert.to.is_some();
    let by = alert.by.iter().filter_map(|label| match label {
        AlertLabel::Own(ident, label) if divided => Some(call("alert_by", ident.span(), quote!(, #label))),
        AlertLabel::Own(..) | AlertLabel::Instance => None,
    });
    let span = syn::spanned::Spanned::span(&alert.threshold);
    let bound = alert.quantile.iter().map(|_| call("alert_bound", span, TokenStream::new()));
    let blind = is_for_any_event(alert).then(|| call("alert_blind", span, TokenStream::new()));
    values.chain(to).chain(by).chain(bound).chain(blind).collect()
}

/// Returns true if any growth at all is above the threshold: the first event counts.
fn is_for_any_event(alert: &Alert) -> bool {
    let grows = matches!(alert.quantity.variant, "Rate" | "Ratio");
    grows && alert.above && crate::attr::number(&alert.threshold) == Some(0.0)
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

/// Generates the path of a check. Its failure points at `span`; names resolve as before.
fn check(private: &TokenStream, name: &str, span: Span) -> TokenStream {
    let name = format_ident!("{name}", span = span);
    let path = quote_spanned!(span=> #private::check::#name);
    let located = path.into_iter().map(|mut token| {
        token.set_span(token.span().located_at(span));
        token
    });
    located.collect()
}
