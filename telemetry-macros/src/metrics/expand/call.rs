//! Calls by the schema, for a test that calls every method: it stands where the mock does.

use super::view::{label_type, projection};
use super::{Context, site_const};
use crate::lifetime::static_type;
use crate::metrics::model::{Event, Label, Param, Role};
use crate::set::Set;
use crate::ty;
use proc_macro2::TokenStream;
use quote::quote;

// #[counter] fn failures(&self, stage: Stage);
//
//     fn __call(__on: &Self, __method: &str, __labels: &[LabelValue<'static>], ..) {
//         match __method {
//             "failures" => Metrics::failures(__on, <Stage as Label>::argument(__labels, 0)),
//             _ => no_argument(),
//         }
//     }
pub fn members(context: &Context<'_>) -> Option<TokenStream> {
    let Context { surface, name, private, .. } = context;
    let cfg = surface.mock_cfg.as_ref().map(|cfg| quote!(#[#cfg]));
    let sites = context.events.iter().map(|event| {
        let (cfgs, site) = (&event.cfgs, site_const(event));
        quote!(#(#cfgs)* <dyn #name>::#site)
    });
    let arms = context.events.iter().filter_map(|event| arm(context, event));
    let edge = context.has_guards().then(|| {
        quote! {
            #cfg
            #[inline]
            fn __guard_edge(__on: &Self, __edge: &mut #private::GuardEdge<'_>) {
                <Self as #name>::guard_edge(__on, __edge);
            }
        }
    });
    // Inline, so that a build that does not call it does not compile it.
    context.valid.then(|| {
        quote! {
            #cfg
            const __SITES: &'static [&'static #private::Site] = &[#(#sites),*];

            #cfg
            #[inline]
            fn __call(
                __on: &Self,
                __method: &::core::primitive::str,
                __labels: &[#private::LabelValue<'static>],
                __values: &[::core::option::Option<#private::Number>],
                __context: &[#private::ContextValue<'static>],
            ) {
                match __method {
                    #(#arms)*
                    _ => #private::no_argument(),
                }
            }

            #cfg
            #[inline]
            fn __hook(__on: &Self, __event: &#private::Event<'_>) {
                <Self as #name>::event(__on, __event);
            }

            #edge
        }
    })
}

/// Generates the arm of one method. A method with a type that is no label itself has none: no value can be
/// made.
fn arm(context: &Context<'_>, event: &Event<'_>) -> Option<TokenStream> {
    let name = context.name;
    if event.labels().any(|(_, _, label)| matches!(label.set, Set::With(_))) {
        return None;
    }
    let (cfgs, text, method) = (&event.cfgs, event.name(), &event.method.sig.ident);
    let args = event.params.iter().map(|param| argument(context, event, param));
    Some(quote!(#(#cfgs)* #text => #name::#method(__on, #(#args),*),))
}

fn argument(context: &Context<'_>, event: &Event<'_>, param: &Param<'_>) -> TokenStream {
    let private = &context.private;
    let index = event.argument_index(event.index_of(param));
    match &param.role {
        Role::Label(Label { set: Set::Listed(listed), optional, .. }) => {
            let ty = context.listed(private, listed);
            let text = if *optional { quote!(optional_text) } else { quote!(text) };
            let of = static_type(ty::option(param.ty).unwrap_or(param.ty));
            quote!(<#ty>::#text::<#of>(__labels, #index))
        }
        Role::Label(label) => {
            let (ty, of) = label_type(context, param, label);
            let argument = projection(&ty, &of, "argument");
            quote!(#argument(__labels, #index))
        }
        Role::Value(value) => {
            let ty = static_type(&value.inner);
            let argument = if value.optional { quote!(optional_argument) } else { quote!(argument) };
            quote!(<#ty as #private::Value>::#argument(__values, #index))
        }
        Role::Context => {
            let argument = projection(&static_type(param.ty), &quote!(#private::Context), "argument");
            quote!(#argument(__context, #index))
        }
        Role::Unknown => TokenStream::new(),
    }
}
