//! The schema as constants on `dyn Trait`.

use super::alert::{alerts, matcher};
use super::argument::float;
use super::slo::slos;
use super::view::projection;
use super::{Context, call, domain_const, event_const, site_const, word_of};
use crate::docs;
use crate::grammar::STABILITIES;
use crate::lifetime::static_type;
use crate::metrics::model::{Buckets, Event, Instrument, InstrumentLabel, Label, Log, Measure, Param, Role};
use crate::set::Set;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use std::collections::BTreeMap;

pub fn schema(context: &Context<'_>) -> TokenStream {
    let Context { surface, name, private, .. } = context;
    let (domains, lists) = (domains(context), lists(context));
    let labels = labels_const(context);
    let given = (!surface.labels.is_empty()).then(|| quote!(.labels(<dyn #name>::__LABELS)));
    let events = context.events.iter().map(|event| event_consts(context, event));
    let listed = context.events.iter().map(|event| {
        let (cfgs, constant) = (&event.cfgs, event_const(event));
        quote!(#(#cfgs)* <dyn #name>::#constant)
    });
    let (text, help) = (name.to_string(), surface.help.join("\n\n"));
    let source = source(private, name.span());
    let namespace = surface.namespace.iter();
    let max_series = surface.max_series.iter();
    let owner = surface.owner.iter();
    let calls = call::members(context);
    quote! {
        impl dyn #name {
            #domains
            #labels
            #(#events)*
        }

        #lists

        impl #private::Surface for dyn #name {
            const SCHEMA: &'static #private::Schema = {
                static SCHEMA: #private::Schema =
                    #private::Schema::new(#text, #source, &[#(#listed),*])
                        .package(
                            ::core::option_env!("CARGO_PKG_NAME"),
                            ::core::option_env!("CARGO_PKG_VERSION"),
                        )
                        .help(#help)
                        #given
                        #(.namespace(#namespace))*
                        #(.max_series(#max_series))*
                        #(.owner(#owner))*;
                &SCHEMA
            };

            #calls
        }
    }
}

/// Generates the constant of the labels' schemas, on `dyn Trait`.
fn labels_const(context: &Context<'_>) -> Option<TokenStream> {
    let Context { surface, private, .. } = context;
    let labels = surface.labels.iter().filter_map(|param| match &param.role {
        Role::Label(label) => Some(label_schema(context, param, label, &registration_domain(param))),
        Role::Value(_) | Role::Context | Role::Unknown => None,
    });
    (!surface.labels.is_empty()).then(|| {
        quote! {
            const __LABELS: &'static [#private::LabelSchema] = {
                static LABELS: &[#private::LabelSchema] = &[#(#labels),*];
                LABELS
            };
        }
    })
}

/// Generates the constant of the domain of a label that states a cap, on `dyn Trait`.
fn registration_domain(param: &Param<'_>) -> Ident {
    format_ident!("__DOMAIN_registration_{}", word_of(param))
}

/// Generates a domain for each key with a cap, once for the methods that feed an instrument in common.
fn domains(context: &Context<'_>) -> TokenStream {
    let private = &context.private;
    let mut domains: BTreeMap<Ident, Shared> = BTreeMap::new();
    for event in &context.events {
        for (_, param, label) in event.labels() {
            if let Set::Capped(capped) = &label.set {
                let name = domain_const(context.surface, event, param);
                Shared::add(&mut domains, name, event, || capped.domain(private));
            }
        }
    }
    for param in context.surface.labels {
        if let Role::Label(Label { set: Set::Capped(capped), .. }) = &param.role {
            domains.insert(registration_domain(param), Shared::of_all(capped.domain(private)));
        }
    }
    let domains = domains.iter().map(|(name, Shared { tokens, cfgs })| {
        quote! {
            #cfgs
            const #name: &'static #private::Domain = {
                static DOMAIN: #private::Domain = #tokens;
                &DOMAIN
            };
        }
    });
    domains.collect()
}

/// Generates the set of each list of texts, once.
fn lists(context: &Context<'_>) -> TokenStream {
    let Context { surface, name, private, .. } = context;
    let mut lists: BTreeMap<u64, Shared> = BTreeMap::new();
    for event in &context.events {
        for (_, _, label) in event.labels() {
            if let Set::Listed(listed) = &label.set {
                Shared::add(&mut lists, listed.id(), event, || listed.set(private));
            }
        }
    }
    for param in surface.labels {
        if let Role::Label(Label { set: Set::Listed(listed), .. }) = &param.role {
            lists.insert(listed.id(), Shared::of_all(listed.set(private)));
        }
    }
    let lists = lists.iter().map(|(id, Shared { tokens, cfgs })| {
        quote! {
            #cfgs
            impl #private::Texts<#id> for dyn #name {
                const SET: #private::LabelSet = #tokens;
            }
        }
    });
    lists.collect()
}

/// Something that events have in common.
struct Shared {
    tokens: TokenStream,
    /// The conditions of the events, if all have the same.
    cfgs: TokenStream,
}

impl Shared {
    fn of_all(tokens: TokenStream) -> Self {
        Shared { tokens, cfgs: TokenStream::new() }
    }

    fn add<K: Ord>(all: &mut BTreeMap<K, Self>, key: K, event: &Event<'_>, tokens: impl Fn() -> TokenStream) {
        let own = &event.cfgs;
        let cfgs = quote!(#(#own)*);
        let shared = all.entry(key).or_insert_with(|| Shared { tokens: tokens(), cfgs: cfgs.clone() });
        if shared.cfgs.to_string() != cfgs.to_string() {
            shared.cfgs = TokenStream::new();
        }
    }
}

fn event_consts(context: &Context<'_>, event: &Event<'_>) -> TokenStream {
    let Context { name, private, .. } = context;
    let (cfgs, constant, site) = (&event.cfgs, event_const(event), site_const(event));
    let schema = event_schema(context, event);
    let labels = event.registration.len() + event.labels().count();
    let fields = 1 + labels + event.values().count() + event.context().count();
    let cases = log_case_sites(context, event, fields);
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
            )#cases;
            &SITE
        };
    }
}

/// Generates the callsites of the log lines that are for some calls only: a level needs its own.
fn log_case_sites(context: &Context<'_>, event: &Event<'_>, fields: usize) -> Option<TokenStream> {
    let Context { name, private, .. } = context;
    let constant = event_const(event);
    let sites = (0..event.log_cases.len()).map(|case| {
        quote!({
            static CASE: #private::Site = #private::Site::of_case(
                <dyn #name>::#constant,
                #case,
                &const { #private::field_names::<#fields>(<dyn #name>::#constant) },
                &CASE,
            );
            &CASE
        })
    });
    (!event.log_cases.is_empty()).then(|| quote!(.cases(&[#(#sites),*])))
}

fn event_schema(context: &Context<'_>, event: &Event<'_>) -> TokenStream {
    let Context { surface, name, private, .. } = context;
    let (text, help) = (event.name(), event.help.join("\n\n"));
    let namespace = surface.namespace.as_ref().map_or_else(|| quote!(""), ToTokens::to_token_stream);
    let source = source(private, event.method.sig.ident.span());
    let labels: Vec<_> = event
        .labels()
        .map(|(_, param, label)| label_schema(context, param, label, &domain_const(surface, event, param)))
        .collect();
    let values: Vec<_> = event
        .values()
        .map(|(_, param, value)| {
            let (text, ty, optional) = (param.name(), static_type(&value.inner), value.optional);
            quote!(#private::ValueSchema::new(#text, <#ty as #private::Value>::RECORDED_AS, #optional))
        })
        .collect();
    let on_line: Vec<_> = event.context().map(|param| context_schema(private, param)).collect();
    let instruments =
        event.instruments.iter().map(|instrument| instrument_schema(context, event, instrument));
    let section = event.section.as_ref().map(|title| quote!(.section(#title)));
    let given = (!event.registration.is_empty()).then(|| quote!(.registration_labels(<dyn #name>::__LABELS)));
    let labels = (!labels.is_empty()).then(|| quote!(.labels(&[#(#labels),*])));
    let values = (!values.is_empty()).then(|| quote!(.values(&[#(#values),*])));
    let on_line = (!on_line.is_empty()).then(|| quote!(.context(&[#(#on_line),*])));
    let log = log_settings(private, event, &event.log).map(|log| quote!(.log(#log)));
    let cases = event.log_cases.iter().filter_map(|log| log_settings(private, event, log));
    let cases = (!event.log_cases.is_empty()).then(|| quote!(.log_cases(&[#(#cases),*])));
    let removes = removes(context, event);
    let guard = event.guard.as_ref().map(|guard| {
        let start = syn::ext::IdentExt::unraw(&guard.start).to_string();
        let elapsed = match guard.elapsed {
            Some(index) => {
                let index = event.argument_index(index);
                quote!(#private::Some(#index))
            }
            None => quote!(#private::None),
        };
        let ends = event.labels().filter(|(_, param, _)| param.end.is_some());
        let ends: Vec<_> = ends.map(|(index, ..)| event.argument_index(index)).collect();
        let ends = (!ends.is_empty()).then(|| quote!(.guard_end_labels(&[#(#ends),*])));
        quote!(.guard(#start, #elapsed) #ends)
    });
    quote! {
        #private::EventSchema::new(#text, #help, #namespace, ::core::module_path!(), #source)
            #section
            #given
            #labels
            #values
            #on_line
            .instruments(&[#(#instruments),*])
            #log
            #cases
            #guard
            #removes
    }
}

/// Generates the instruments of which a call ends series; nothing for most events.
fn removes(context: &Context<'_>, event: &Event<'_>) -> Option<TokenStream> {
    event.removal.as_ref()?;
    let Context { name, private, .. } = context;
    let removed = context.surface.removed(event).map(|(of, instrument, _)| {
        let labels = event.labels().filter_map(|(_, param, _)| {
            let (index, ..) = of.labels().find(|(_, other, _)| other.name() == param.name())?;
            Some(of.argument_index(index))
        });
        let (cfgs, index) = (&of.cfgs, index_of(context, of));
        let feeds = event_const(of);
        quote!(#(#cfgs)* #private::Removal::new(<dyn #name>::#feeds, #index, #instrument, &[#(#labels),*]))
    });
    Some(quote!(.removes(&[#(#removed),*])))
}

/// Generates the index of an event among those that are left by their `cfg`s. It does not ask the schema,
/// which is made of it.
fn index_of(context: &Context<'_>, event: &Event<'_>) -> TokenStream {
    let before = context.events.iter().take_while(|other| !std::ptr::eq(**other, event));
    let (with_cfg, without): (Vec<&Event<'_>>, Vec<_>) = before.partition(|other| !other.cfgs.is_empty());
    let count = without.len();
    let counted = with_cfg.iter().map(|other| {
        let conditions = other.cfgs.iter().filter_map(|attr| attr.meta.require_list().ok());
        let conditions = conditions.map(|list| &list.tokens);
        quote!(::core::cfg!(all(#(#conditions),*)) as usize)
    });
    quote!(#count #(+ #counted)*)
}

fn context_schema(private: &TokenStream, param: &Param<'_>) -> TokenStream {
    let (text, ty) = (param.name(), static_type(param.ty));
    let of = quote!(#private::Context);
    let (kind, optional) = (projection(&ty, &of, "KIND"), projection(&ty, &of, "OPTIONAL"));
    quote!(#private::ContextSchema::new(#text, #kind, #optional))
}

/// Generates the declaration of a label. `domain` is the constant of its domain, if it states a cap.
pub fn label_schema(context: &Context<'_>, param: &Param<'_>, label: &Label, domain: &Ident) -> TokenStream {
    let Context { name, private, .. } = context;
    let text = param.name();
    let key = match &label.name {
        Some(key) => quote!(#private::Some(#key)),
        None => quote!(#private::None),
    };
    let ty = match &label.set {
        Set::With(ty) => ty.to_token_stream(),
        Set::Listed(listed) => context.listed(private, listed),
        Set::Type | Set::Unbounded | Set::Capped(_) | Set::Range(_) => static_type(param.ty),
    };
    let schema = match &label.set {
        Set::Type | Set::With(_) => {
            quote!(#private::LabelSchema::typed(#text, #key, <#ty as #private::Label>::OF_TYPE))
        }
        set => {
            let set = match set {
                Set::Capped(_) => quote!(#private::LabelSet::Open(<dyn #name>::#domain)),
                Set::Range(range) => range.set(private),
                // No series is kept by it, so that the cap is never asked for.
                Set::Unbounded => quote!({
                    static DOMAIN: #private::Domain = #private::Domain::new(0);
                    #private::LabelSet::Open(&DOMAIN)
                }),
                Set::Listed(_) | Set::Type | Set::With(_) => quote!(<#ty as #private::Label>::SET),
            };
            quote!(#private::LabelSchema::new(#text, #key, #set))
        }
    };
    // The type knows whether it is an `Option`, even behind an alias; a path without one does not.
    let optional = match &label.set {
        Set::Type if label.none.is_none() => None,
        Set::Type => Some(quote!(<#ty as #private::Label>::OPTIONAL)),
        _ => label.optional.then(|| quote!(true)),
    };
    let none = label.none.as_ref().map_or_else(|| quote!(#private::NONE), ToTokens::to_token_stream);
    let none = optional.map(|optional| quote!(.none(#optional, #none)));
    let own = docs::summary(param.docs.iter().copied());
    let own = (!own.is_empty()).then(|| quote!(.help(#own)));
    quote!(#schema #none #own)
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
    let suffixes = (!instrument.has_suffixes()).then(|| quote!(.without_suffixes()));
    let measure = measure(private, event, &instrument.measure);
    let labels = labels(private, event, instrument);
    let buckets = buckets(&instrument.buckets);
    let signed = instrument.signed.then(|| quote!(.signed()));
    let native = instrument.native.map(|_| quote!(.native()));
    let total = instrument.total.map(|_| quote!(.total()));
    let observed = instrument.observed.map(|_| quote!(.observed()));
    let initial = context.surface.initial(instrument).map(|initial| {
        let variant = format_ident!("{}", if initial.is_zero { "Zero" } else { "None" });
        quote!(.initial(#private::Initial::#variant))
    });
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
    let deprecated = instrument.deprecated.as_ref().map(|version| quote!(.deprecated(#version)));
    let (alerts, slos) = (alerts(context, event, instrument), slos(context, instrument));
    quote! {
        #private::InstrumentSchema::new(#private::Kind::#kind, #text, #help, #source)
            #suffixes #unit #measure #labels #buckets #signed #native #total #observed #initial #shared #stability #was #deprecated
            #alerts #slos
    }
}

fn measure(private: &TokenStream, event: &Event<'_>, measure: &Measure) -> Option<TokenStream> {
    match measure {
        Measure::Calls | Measure::Unknown => None,
        Measure::Param(index) => {
            let index = event.argument_index(*index);
            Some(quote!(.measure(#private::Measure::Value(#index))))
        }
        Measure::InFlight => Some(quote!(.measure(#private::Measure::InFlight))),
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
        InstrumentLabel::Registration(index) => quote!(#private::InstrumentLabel::Registration(#index)),
        InstrumentLabel::Param(index) => {
            let index = event.argument_index(*index);
            quote!(#private::InstrumentLabel::Param(#index))
        }
        InstrumentLabel::Constant { key, value } => {
            let key = &key.text;
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

/// Generates the schema of a log line; nothing if it is the default's.
fn log_settings(private: &TokenStream, event: &Event<'_>, log: &Log) -> Option<TokenStream> {
    let name = &event.log.name;
    let name = name.as_ref().map_or_else(|| event.name().to_token_stream(), ToTokens::to_token_stream);
    let when = log.when.iter().map(|of| matcher(private, event.argument_index(of.label), of));
    let settings = [
        log.off.then(|| quote!(.off())),
        log.level.map(|level| {
            let level = format_ident!("{level}");
            quote!(.level(#private::Level::#level))
        }),
        log.target.as_ref().map(|target| quote!(.target(#target))),
        log.every.as_ref().map(|every| quote!(.every(#every))),
        log.or_above.as_ref().map(float).map(|bound| quote!(.or_above(#bound))),
        log.or_at_least.as_ref().map(float).map(|bound| quote!(.or_at_least(#bound))),
        log.or_below.as_ref().map(float).map(|bound| quote!(.or_below(#bound))),
        log.skip_zero.then(|| quote!(.skip_zero())),
        log.decimals.as_ref().map(|decimals| quote!(.decimals(#decimals))),
        log.on.map(|on| {
            let index = event.argument_index(on);
            quote!(.on(#index))
        }),
        (!log.when.is_empty()).then(|| quote!(.when(&[#(#when),*]))),
    ];
    let settings: Vec<TokenStream> = settings.into_iter().flatten().collect();
    (event.log.name.is_some() || !settings.is_empty())
        .then(|| quote!(#private::LogSchema::new(#name) #(#settings)*))
}

/// Generates the source location of a token, as the compiler names it.
fn source(private: &TokenStream, span: Span) -> TokenStream {
    let line = quote_spanned!(span=> ::core::line!());
    quote!(#private::Source { file: ::core::file!(), line: #line })
}
