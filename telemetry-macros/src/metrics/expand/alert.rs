//! Alerts as a part of an instrument's schema.

use super::Context;
use super::argument::float;
use crate::grammar::WINDOW;
use crate::metrics::model::{Alert, AlertLabel, Event, Instrument, Matcher, Namespace};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{Ident, LitStr};

/// Generates the alerts of an instrument, in its schema.
pub fn alerts(context: &Context<'_>, event: &Event<'_>, instrument: &Instrument) -> Option<TokenStream> {
    let rules = instrument.alerts.iter().map(|alert| rule(context, event, instrument, alert));
    (!instrument.alerts.is_empty()).then(|| quote!(.alerts(&[#(#rules),*])))
}

fn rule(context: &Context<'_>, event: &Event<'_>, instrument: &Instrument, alert: &Alert) -> TokenStream {
    let private = &context.private;
    let name = name(context, instrument, alert);
    let condition = format_ident!("{}", if alert.above { "Above" } else { "Below" });
    let threshold = float(&alert.threshold);
    let over = alert.quantity.takes.contains(&"over").then(|| match &alert.over {
        Some(over) => quote!(.over(#over)),
        None => quote!(.over(#WINDOW)),
    });
    let hold = alert.hold.as_ref().map(|hold| quote!(.hold(#hold)));
    let severity = alert.severity.as_ref().map(|severity| quote!(.severity(#severity)));
    let runbook = alert.runbook.as_ref().map(|runbook| quote!(.runbook(#runbook)));
    let quantity = quantity(private, alert);
    let also: Vec<String> = alert.also.iter().map(word).collect();
    let also = (!also.is_empty()).then(|| quote!(.also(&[#(#also),*])));
    let matching = selected("matching", private, &alert.matching);
    let names = alert.of_labels(context.surface, event, instrument);
    let index = |name: &Ident| names.iter().position(|other| *other == word(name)).unwrap_or_default();
    let of = alert.of.iter().map(|of| matcher(private, index(&of.label), of));
    let of = (!alert.of.is_empty()).then(|| quote!(.of(&[#(#of),*])));
    let (by, labels) = (by(alert), labels(&alert.labels));
    quote! {
        #private::AlertSchema::new(#name, #private::Condition::#condition(#threshold))
            #quantity #also #matching #of #by #over #hold #severity #runbook #labels
    }
}

/// Generates the rule's name. Only the compiler can make it if it begins with a constant.
fn name(context: &Context<'_>, instrument: &Instrument, alert: &Alert) -> TokenStream {
    let (surface, private) = (context.surface, &context.private);
    match &surface.namespace {
        Some(Namespace::Constant(path)) if alert.name.is_none() => {
            let own = alert.name_in(instrument);
            quote!({
                const NAME: [u8; #private::alert_name::len(#path, #own)] = #private::alert_name::of(#path, #own);
                #private::alert_name::text(&NAME)
            })
        }
        _ => alert.name(surface, instrument).to_token_stream(),
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
        let to = alert.to.iter().map(word);
        Some(quote!({ to: &[#(#to),*] }))
    } else {
        None
    };
    (variant != "Level").then(|| quote!(.quantity(#private::Quantity::#variant #fields)))
}

fn word(name: &Ident) -> String {
    syn::ext::IdentExt::unraw(name).to_string()
}

/// Generates the call of a setter with matchers; nothing without them.
pub fn selected(setter: &str, private: &TokenStream, of: &[Matcher]) -> Option<TokenStream> {
    let setter = format_ident!("{setter}");
    let matchers = matchers(private, of);
    (!of.is_empty()).then(|| quote!(.#setter(#matchers)))
}

/// Generates a slice of matchers.
pub fn matchers(private: &TokenStream, of: &[Matcher]) -> TokenStream {
    let matchers = of.iter().map(|of| matcher(private, of.label, of));
    quote!(&[#(#matchers),*])
}

/// Generates a matcher of the label with this index.
pub fn matcher<L>(private: &TokenStream, label: usize, of: &Matcher<L>) -> TokenStream {
    let (values, prefixes) = (&of.values, &of.prefixes);
    let prefixes = (!prefixes.is_empty()).then(|| quote!(.prefixes(&[#(#prefixes),*])));
    let negated = of.negated.then(|| quote!(.negated()));
    quote!(#private::Matcher::new(#label, &[#(#values),*]) #prefixes #negated)
}

/// Generates the labels that a rule adds; nothing without them.
pub fn labels(labels: &[(Ident, LitStr)]) -> Option<TokenStream> {
    let pairs = labels.iter().map(|(key, value)| {
        let key = word(key);
        quote!((#key, #value))
    });
    (!labels.is_empty()).then(|| quote!(.labels(&[#(#pairs),*])))
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
