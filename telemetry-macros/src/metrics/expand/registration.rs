//! The labels that are given at registration: their struct, and the markers of the surface.

use super::{Context, argument};
use crate::lifetime::{borrows, with_lifetime};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

// #[metrics(labels(pool: Pool<'_>))] trait Metrics { .. }
//
//     pub struct MetricsLabels<'a> {
//         pub pool: Pool<'a>,
//     }
pub fn structure(context: &Context<'_>) -> Option<TokenStream> {
    let Context { surface, name, .. } = context;
    let (vis, labels) = (&surface.item.vis, surface.labels);
    if labels.is_empty() {
        return None;
    }
    let doc = format!(" The labels of one registration of [`{name}`].");
    let (ident, lifetime) = (struct_name(context), lifetime(context, "'a"));
    let fields = labels.iter().map(|label| {
        let (ident, ty) = (&label.ident, with_lifetime(label.ty, "'a"));
        let docs = if label.docs.is_empty() {
            let doc = format!(" The label `{}`.", label.name());
            quote!(#[doc = #doc])
        } else {
            let docs = &label.docs;
            quote!(#(#docs)*)
        };
        quote!(#docs pub #ident: #ty)
    });
    Some(quote! {
        #[doc = #doc]
        #vis struct #ident #lifetime {
            #(#fields),*
        }
    })
}

pub fn implementations(context: &Context<'_>) -> TokenStream {
    let Context { surface, name, private, .. } = context;
    if surface.labels.is_empty() {
        return quote!(impl #private::UnlabeledSurface for dyn #name {});
    }
    let ident = struct_name(context);
    let (own, anonymous) = (lifetime(context, "'a"), lifetime(context, "'_"));
    let fields = surface.labels.iter().map(|label| &label.ident);
    let values = surface.labels.iter().enumerate().map(|(index, label)| {
        argument::bounded_by(context, private, label, &quote!(<dyn #name>::__LABELS[#index]))
    });
    let body = if context.valid {
        quote!({
            let Self { #(#fields),* } = self;
            __f(&[#(#values),*])
        })
    } else {
        quote!({ loop {} })
    };
    // What has an error may not be `Copy`, and rustc need not say that too.
    let copies = context.valid.then(|| {
        quote! {
            impl ::core::clone::Clone for #ident #anonymous {
                fn clone(&self) -> Self { *self }
            }

            impl ::core::marker::Copy for #ident #anonymous {}

            impl ::core::fmt::Debug for #ident #anonymous {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    #private::RegistrationLabels::__fmt(*self, f)
                }
            }
        }
    });
    quote! {
        impl #private::LabeledSurface for dyn #name {
            type Labels<'a> = #ident #own;
        }

        impl #private::RegistrationLabels for #ident #anonymous {
            const __SCHEMA: &'static #private::Schema = <dyn #name as #private::Surface>::SCHEMA;

            fn __with<__R>(self, __f: impl ::core::ops::FnOnce(&[#private::LabelValue<'_>]) -> __R) -> __R
                #body
        }

        #copies
    }
}

/// Generates the mock's constructor with labels.
pub fn mock_constructor(context: &Context<'_>) -> Option<TokenStream> {
    let Context { surface, private, .. } = context;
    let vis = &surface.item.vis;
    let (ident, anonymous) = (struct_name(context), lifetime(context, "'_"));
    (!surface.labels.is_empty()).then(|| {
        quote! {
            /// Creates a mock of the registration with these labels, which its calls show.
            #[must_use]
            #vis fn with(labels: #ident #anonymous) -> Self { Self(#private::Journal::with(labels)) }
        }
    })
}

/// Generates the name of the struct: `MetricsLabels` for `Metrics`.
fn struct_name(context: &Context<'_>) -> Ident {
    format_ident!("{}Labels", context.name)
}

/// Generates the struct's generics, if one of its fields borrows.
fn lifetime(context: &Context<'_>, name: &str) -> Option<TokenStream> {
    let lifetime = syn::Lifetime::new(name, context.name.span());
    context.surface.labels.iter().any(|label| borrows(label.ty)).then(|| quote!(<#lifetime>))
}
