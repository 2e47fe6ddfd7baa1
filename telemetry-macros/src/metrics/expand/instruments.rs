//! The implementation that adds up: each method gives its labels, uncut, and its values to the registry's hot
//! path.

use super::{Context, argument, signature, site_const};
use crate::metrics::model::Event;
use proc_macro2::TokenStream;
use quote::quote;

// #[counter] fn failures(&self, stage: Stage);
//
//     fn failures(&self, stage: Stage) {
//         self.call::<One<0, ()>, { index of the event }, _, _>(
//             <dyn Metrics>::__SITE_failures, &[label(&stage)], &[],
//         );
//     }
pub fn instruments(context: &Context<'_>) -> TokenStream {
    let Context { name: name_of, private, .. } = context;
    let conditional = context.events.iter().any(|event| !event.cfgs.is_empty());
    let methods = context.events.iter().enumerate().map(|(at, event)| {
        // A literal costs the compiler nothing; what is left of a surface by its `cfg`s only the schema
        // knows.
        let name = event.name();
        let index = if conditional {
            quote!({ #private::event_index(<dyn #name_of as #private::Surface>::SCHEMA, #name) })
        } else {
            quote!(#at)
        };
        method(context, event, &index)
    });
    quote! {
        impl #name_of for #private::Instruments<dyn #name_of> {
            #(#methods)*

            fn event(&self, event: &#private::Event<'_>) {
                #private::Sink::record(self, event);
            }
        }
    }
}

/// Generates one method. In a declaration with errors it does nothing, since there is no schema to rely on.
fn method(context: &Context<'_>, event: &Event<'_>, index: &TokenStream) -> TokenStream {
    let Context { name, private, .. } = context;
    let (cfgs, sig) = (&event.cfgs, signature(&event.method.sig));
    if event.has_unknown() || !context.valid {
        return quote!(#(#cfgs)* #sig {});
    }
    let site = site_const(event);
    let labels = event.labels().map(|(_, param, _)| argument::whole(context, param));
    let values = event.values().map(|(_, param, value)| argument::number(private, param, value));
    let none = quote!(());
    let feeds = (0..event.instruments.len()).rev().fold(none, |rest, at| quote!(#private::Cons<#at, #rest>));
    quote! {
        #(#cfgs)*
        #[inline]
        #sig {
            #private::Instruments::call::<#feeds, #index, _, _>(
                self, <dyn #name>::#site, &[#(#labels),*], &[#(#values),*],
            );
        }
    }
}
