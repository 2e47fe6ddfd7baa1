//! Alerts as a part of an instrument's schema.

use super::Context;
use super::argument::float;
use crate::grammar::WINDOW;
use crate::metrics::model::{Alert, AlertLabel, Instrument, Namespace};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

/// Generates the alerts of an instrument, in its schema.
pub fn alerts(context: &Context<'_>, instrument: &Instrument) -> Option<TokenStream> {
    let rules = instrument.alerts.iter().map(|alert| rule(context, instrument, alert));
    (!instrument.alerts.is_empty()).then(|| quote!(.alerts(&[#(#rules),*])))
}

fn rule(context: &Context<'_>, instrument: &Instrument, alert: &Alert) -> TokenStream {
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
    let (quantity, matching, by) = (quantity(private, alert), matching(private, alert), by(alert));
    quote! {
        #private::AlertSchema::new(#name, #private::Condition::#condition(#threshold))
            #quantity #matching #by #over #hold #severity #runbook
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
