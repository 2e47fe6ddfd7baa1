//! Service level objectives as a part of an instrument's schema.

use super::Context;
use super::alert::{labels, matchers, selected};
use super::argument::float;
use crate::grammar::SLO_WINDOW;
use crate::metrics::model::{Instrument, Slo};
use proc_macro2::TokenStream;
use quote::quote;

/// Generates the objectives of an instrument, in its schema.
pub fn slos(context: &Context<'_>, instrument: &Instrument) -> Option<TokenStream> {
    let slos = instrument.slos.iter().map(|one| slo(&context.private, instrument, one));
    (!instrument.slos.is_empty()).then(|| quote!(.slos(&[#(#slos),*])))
}

fn slo(private: &TokenStream, instrument: &Instrument, slo: &Slo) -> TokenStream {
    let (name, objective) = (slo.name(instrument), float(&slo.objective));
    let good = match &slo.below {
        Some(bound) => {
            let bound = float(bound);
            quote!(Below(#bound))
        }
        None => {
            let good = matchers(private, &slo.good);
            quote!(Matching(#good))
        }
    };
    let window = slo.window.as_ref().map_or_else(|| SLO_WINDOW.to_owned(), syn::LitStr::value);
    let (of, labels) = (selected("of", private, &slo.of), labels(&slo.labels));
    let runbook = slo.runbook.as_ref().map(|runbook| quote!(.runbook(#runbook)));
    quote!(#private::SloSchema::new(#name, #objective, #private::Good::#good, #window) #of #runbook #labels)
}
