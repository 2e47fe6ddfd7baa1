//! The trait itself: each metric method gets a default body that ends in the hook, which has none.

use super::{Context, argument, guard, signature, site_const};
use crate::metrics::model::Event;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{ReturnType, Signature, TraitItem, parse_quote};

// #[counter] fn failures(&self, stage: Stage);
//
//     fn failures(&self, stage: Stage) {
//         <Self as Metrics>::event(self, &Event::new(<dyn Metrics>::__SITE_failures, &[label(&stage)], &[]))
//     }
pub fn declaration(context: &Context<'_>) -> TokenStream {
    let Context { surface, name, absolute, .. } = context;
    let item = surface.item;
    let (attrs, vis, generics) = (&item.attrs, &item.vis, &item.generics);
    let methods = surface
        .events
        .iter()
        .map(|event| if event.sound { Some(method(context, event)) } else { unsound(event) });
    let helpers = surface.others.iter().filter(|other| matches!(other, TraitItem::Fn(_)));
    let hook = hook(absolute);
    let edge = guard::provided_edge_hook(context);
    quote! {
        #(#attrs)*
        #vis trait #name #generics: ::core::marker::Send + ::core::marker::Sync {
            #(#methods)*
            #(#helpers)*

            #hook

            #edge
        }
    }
}

/// Generates the one method that every implementation writes: with a default, one that forgets it would lose
/// every metric that it does not name, and nobody would say so.
fn hook(absolute: &TokenStream) -> TokenStream {
    quote! {
        /// Takes every event whose method the implementation does not override, also of metrics added later.
        ///
        /// It has no default, so that no metric is lost by an oversight. Write one of these lines:
        ///
        /// ```text
        /// fn event(&self, event: &telemetry::Event<'_>) { self.0.event(event) } // forwards to what it wraps
        /// fn event(&self, _: &telemetry::Event<'_>) {} // discards all that it does not override
        /// ```
        fn event(&self, event: &#absolute::Event<'_>);
    }
}

fn method(context: &Context<'_>, event: &Event<'_>) -> TokenStream {
    let Context { name, absolute, .. } = context;
    let (attrs, site) = (&event.attrs, site_const(event));
    let mut sig = signature(&event.method.sig);
    for (kept, arg) in sig.inputs.iter_mut().zip(&event.method.sig.inputs) {
        keep_lints(kept, arg);
    }
    let labels = event.labels().map(|(_, param, _)| argument::bounded(context, event, param));
    let values = event.values().map(|(_, param, value)| argument::number(absolute, param, value));
    let with_context = argument::context(absolute, event);
    let lints = event.has_unknown().then(|| quote!(#[allow(unused_variables)]));
    quote! {
        #(#attrs)*
        #lints
        #[inline]
        #sig {
            <Self as #name>::event(
                self,
                &#absolute::Event::new(<dyn #name>::#site, &[#(#labels),*], &[#(#values),*]) #with_context,
            );
        }
    }
}

/// Keeps lint levels on a parameter in the trait, where the user wrote them.
fn keep_lints(kept: &mut syn::FnArg, written: &syn::FnArg) {
    if let (syn::FnArg::Typed(kept), syn::FnArg::Typed(written)) = (kept, written) {
        let is_lint = |attr: &&syn::Attribute| {
            ["allow", "warn", "deny", "expect", "forbid"].iter().any(|lint| attr.path().is_ident(lint))
        };
        kept.attrs.extend(written.attrs.iter().filter(is_lint).cloned());
    }
}

/// Generates a method that no back end can implement, in a declaration with errors, so that it can be called.
fn unsound(event: &Event<'_>) -> Option<TokenStream> {
    let (cfgs, sig) = (&event.cfgs, callable(event));
    let sized = sig.receiver().is_none().then(|| quote!(where Self: ::core::marker::Sized));
    let method = quote! {
        #(#cfgs)*
        #[allow(unused_variables)]
        #sig #sized { loop {} }
    };
    (!event.generic || sized.is_some()).then_some(method)
}

/// Generates the methods that a trait for `dyn` cannot have, for calls by `dyn`.
pub fn generic_methods(context: &Context<'_>) -> Option<TokenStream> {
    let (vis, name) = (&context.surface.item.vis, context.name);
    let generic = |event: &&Event<'_>| event.generic && event.method.sig.receiver().is_some();
    let methods: Vec<_> = context
        .surface
        .events
        .iter()
        .filter(generic)
        .map(|event| {
            let (cfgs, sig) = (&event.cfgs, callable(event));
            quote!(#(#cfgs)* #vis #sig { loop {} })
        })
        .collect();
    (!methods.is_empty()).then(|| quote!(impl dyn #name { #(#methods)* }))
}

/// Generates `Debug` of trait objects, so that a struct with an `Arc<dyn Metrics>` can derive it. An object
/// that names the markers, which the trait implies, is another type.
pub fn debug(context: &Context<'_>) -> TokenStream {
    let name = context.name;
    let (text, send, sync) =
        (name.to_string(), quote!(+ ::core::marker::Send), quote!(+ ::core::marker::Sync));
    let objects = [quote!(), send.clone(), sync.clone(), quote!(#send #sync)];
    quote! {
        #(impl ::core::fmt::Debug for dyn #name #objects + '_ {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(#text)
            }
        })*
    }
}

/// Returns the signature without the parts that prevent a call.
fn callable(event: &Event<'_>) -> Signature {
    let mut sig = signature(&event.method.sig);
    sig.generics.where_clause = None;
    if sig.asyncness.take().is_some() {
        let output = match &sig.output {
            ReturnType::Type(_, ty) => ty.to_token_stream(),
            ReturnType::Default => quote!(()),
        };
        sig.output = parse_quote!(-> ::core::future::Pending<#output>);
    }
    sig
}

/// Generates a trait that cannot be `dyn`, in a declaration with errors. Its methods can be called, and do
/// nothing.
pub fn generic(context: &Context<'_>) -> TokenStream {
    let Context { surface, name, absolute, .. } = context;
    let (vis, generics) = (&surface.item.vis, &surface.item.generics);
    let (impl_generics, type_generics, _) = generics.split_for_impl();
    let methods = surface.events.iter().filter(|event| event.sound).map(|event| {
        let (cfgs, sig) = (&event.cfgs, signature(&event.method.sig));
        quote!(#(#cfgs)* #[allow(unused_variables)] #sig {})
    });
    let hook = hook(absolute);
    quote! {
        #vis trait #name #generics: ::core::marker::Send + ::core::marker::Sync {
            #(#methods)*

            #hook
        }

        impl #impl_generics #name #type_generics for #absolute::NoOp {
            fn event(&self, _: &#absolute::Event<'_>) {}
        }
    }
}
