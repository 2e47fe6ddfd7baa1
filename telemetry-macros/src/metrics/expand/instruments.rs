//! The implementation that adds up: each method gives its labels, uncut, and its values to the registry's hot
//! path.

use super::{Context, argument, event_index, guard, signature, site_const};
use crate::lifetime::borrows;
use crate::metrics::model::{Event, Measure};
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
    let methods = context
        .events
        .iter()
        .enumerate()
        .map(|(at, event)| method(context, event, &event_index(context, event, at)));
    let edge = guard::instruments_hook(context);
    quote! {
        impl #name_of for #private::Instruments<dyn #name_of> {
            #(#methods)*

            fn event(&self, event: &#private::Event<'_>) {
                #private::Sink::record(self, event);
            }

            #edge
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
    if event.removal.is_some() {
        return quote! {
            #(#cfgs)*
            #sig {
                #private::Instruments::remove(self, <dyn #name>::#site, [#(#labels),*]);
            }
        };
    }
    let values = event.values().map(|(_, param, value)| argument::number(private, param, value));
    let is_fed = |at: &usize| !matches!(event.instruments[*at].measure, Measure::InFlight);
    let fed: Vec<usize> = (0..event.instruments.len()).filter(is_fed).collect();
    if fed.is_empty() {
        return quote!(#(#cfgs)* #[inline] #sig {});
    }
    let none = quote!(());
    let feeds = fed.iter().rev().fold(none, |rest, at| quote!(#private::Cons<#at, #rest>));
    // The search for a text is longer than what a compiler inlines by itself, and a call of its own costs it
    // a fifth. Calls without a text are inlined in any case, and better when the compiler chooses the moment.
    let has_text = event.labels().any(|(_, param, _)| borrows(param.ty));
    let inline = if has_text { quote!(#[inline(always)]) } else { quote!(#[inline]) };
    quote! {
        #(#cfgs)*
        #inline
        #sig {
            #private::Instruments::call::<#feeds, #index, _, _>(
                self, <dyn #name>::#site, &[#(#labels),*], &[#(#values),*],
            );
        }
    }
}
