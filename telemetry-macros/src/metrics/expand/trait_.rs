//! The trait itself: each metric method gets a default body that ends in the hook.

use super::{Context, event_const, signature, site_const};
use crate::metrics::model::{Event, Param, Value};
use crate::set::Set;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Safety, Signature, TraitItem};

// #[counter] fn failures(&self, stage: Stage);
//
//     fn failures(&self, stage: Stage) {
//         <Self as Metrics>::event(self, &Event::new(<dyn Metrics>::__SITE_failures, &[label(&stage)], &[]))
//     }
pub fn declaration(context: &Context<'_>) -> TokenStream {
    let Context { surface, name, private, .. } = context;
    let item = surface.item;
    let (attrs, vis, generics) = (&item.attrs, &item.vis, &item.generics);
    let methods =
        surface.events.iter().map(|event| if event.sound { method(context, event) } else { unsound(event) });
    let helpers = surface.others.iter().filter(|other| matches!(other, TraitItem::Fn(_)));
    quote! {
        #(#attrs)*
        #vis trait #name #generics: ::core::marker::Send + ::core::marker::Sync {
            #(#methods)*
            #(#helpers)*

            /// Takes every event whose method is not overridden: the default of each metric method ends here.
            #[allow(unused_variables)]
            #[inline]
            fn event(&self, event: &#private::Event<'_>) {}
        }
    }
}

fn method(context: &Context<'_>, event: &Event<'_>) -> TokenStream {
    let Context { name, private, .. } = context;
    let (attrs, site) = (&event.attrs, site_const(event));
    let mut sig = signature(&event.method.sig);
    for (kept, arg) in sig.inputs.iter_mut().zip(&event.method.sig.inputs) {
        keep_lints(kept, arg);
    }
    let labels = event.labels().map(|(_, param, _)| label(context, event, param, Bounded::Yes));
    let values = event.values().map(|(_, param, value)| number(private, param, value));
    quote! {
        #(#attrs)*
        #[inline]
        #sig {
            <Self as #name>::event(
                self,
                &#private::Event::new(<dyn #name>::#site, &[#(#labels),*], &[#(#values),*]),
            );
        }
    }
}

/// Lint levels on a parameter stay in the trait, where the user wrote them.
fn keep_lints(kept: &mut syn::FnArg, written: &syn::FnArg) {
    if let (syn::FnArg::Typed(kept), syn::FnArg::Typed(written)) = (kept, written) {
        let is_lint = |attr: &&syn::Attribute| {
            ["allow", "warn", "deny", "expect", "forbid"].iter().any(|lint| attr.path().is_ident(lint))
        };
        kept.attrs.extend(written.attrs.iter().filter(is_lint).cloned());
    }
}

/// Whether a label's text is cut to its length.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Bounded {
    Yes,
    No,
}

/// A label parameter as a `LabelValue`.
pub fn label(context: &Context<'_>, event: &Event<'_>, param: &Param<'_>, bounded: Bounded) -> TokenStream {
    let Context { name, private, .. } = context;
    let ident = &param.ident;
    let crate::metrics::model::Role::Label(label) = &param.role else { return TokenStream::new() };
    let converted = match &label.set {
        Set::With(ty) if label.optional => {
            quote!(::core::option::Option::map(#ident, <#ty as ::core::convert::From<_>>::from))
        }
        Set::With(ty) => quote!(<#ty as ::core::convert::From<_>>::from(#ident)),
        Set::Type | Set::Capped(_) | Set::Range(_) => ident.to_token_stream(),
    };
    let of_type = matches!(label.set, Set::Type | Set::With(_));
    match (of_type, bounded) {
        (true, Bounded::Yes) => quote!(#private::label(&#converted)),
        (true, Bounded::No) => quote!(#private::Label::value(&#converted)),
        (false, Bounded::Yes) => {
            let (schema, place) = (event_const(event), event.place(event.index_of(param)));
            quote!(#private::open(&#converted, &<dyn #name>::#schema.labels[#place].set))
        }
        (false, Bounded::No) => quote!(#private::Open::value(&#converted)),
    }
}

/// A value parameter as a number.
pub fn number(private: &TokenStream, param: &Param<'_>, value: &Value) -> TokenStream {
    let ident = &param.ident;
    if value.optional { quote!(#private::optional(#ident)) } else { quote!(#private::number(#ident)) }
}

/// A method that no back end can implement, in a declaration with errors: it can be called, and the trait
/// stays one for `dyn`.
fn unsound(event: &Event<'_>) -> TokenStream {
    let mut sig: Signature = signature(&event.method.sig);
    sig.constness = None;
    sig.asyncness = None;
    sig.safety = Safety::Default;
    sig.abi = None;
    sig.variadic = None;
    sig.generics.where_clause = None;
    let (cfgs, generics) = (&event.cfgs, &sig.generics);
    let (ident, inputs, output) = (&sig.ident, &sig.inputs, &sig.output);
    quote! {
        #(#cfgs)*
        #[allow(unused_variables, unused_mut)]
        fn #ident #generics (#inputs) #output where Self: ::core::marker::Sized {
            loop {}
        }
    }
}
