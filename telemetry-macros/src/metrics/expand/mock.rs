//! The recording mock: the recorder and the call.

use super::{Context, anonymous, argument, event_const, guard, registration, signature, view};
use crate::metrics::model::Event;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::FnArg;

/// The names of one surface's mock.
struct Names {
    recording: Ident,
    call: Ident,
}

pub fn mock(context: &Context<'_>) -> TokenStream {
    let name = context.name;
    let names = Names { recording: format_ident!("Recording{name}"), call: format_ident!("{name}Call") };
    let cfg = context.surface.mock_cfg.as_ref().map(|cfg| quote!(#[#cfg]));
    let types = types(context, &names);
    let recorder = recorder(context, &names);
    let call = call(context, &names);
    let views = view::views(context);
    let types = types.into_iter().map(|ty| quote!(#cfg #ty));
    let implementations = anonymous(context, &quote!(#recorder #call #views));
    quote! {
        #(#types)*
        #cfg
        #implementations
    }
}

fn types(context: &Context<'_>, names: &Names) -> [TokenStream; 2] {
    let Context { surface, name, absolute, .. } = context;
    let (Names { recording, call }, vis) = (names, &surface.item.vis);
    let recording_doc = format!(
        " Records every call of [`{name}`], for tests; clones share what they record. It reads through its \
         journal: `calls`, `take`, `assert_only`, `wait_for`, `uncovered`."
    );
    let call_doc = format!(" One recorded call of [`{name}`].");
    [
        quote!(#[doc = #recording_doc] #vis struct #recording(#absolute::Journal<#call>);),
        quote!(#[doc = #call_doc] #vis struct #call(#absolute::Record);),
    ]
}

fn recorder(context: &Context<'_>, names: &Names) -> TokenStream {
    let Context { surface, name, private, events, .. } = context;
    let (Names { recording, call }, vis) = (names, &surface.item.vis);
    let methods = events.iter().map(|event| {
        let (cfgs, sig) = (&event.cfgs, signature(&event.method.sig));
        let (method, args) = (&sig.ident, event.params.iter().map(|param| &param.ident));
        quote! {
            #(#cfgs)*
            #[inline]
            #sig { #private::Journal::push(&self.0, <#call>::#method(#(#args),*).0); }
        }
    });
    let accessors = events.iter().map(|event| {
        let (cfgs, accessor) = (&event.cfgs, view::accessor(context, event));
        let doc = format!(" The recorded calls of `{}`.", event.name());
        quote! {
            #(#cfgs)*
            #[doc = #doc]
            #[inline]
            #accessor
        }
    });
    let with = registration::mock_constructor(context);
    let edge = guard::edge_hook(context, &quote!(#private::Journal::guard_edge(&self.0, edge);));
    quote! {
        impl #name for #recording {
            #(#methods)*

            fn event(&self, event: &#private::Event<'_>) {
                #private::Journal::push(&self.0, ::core::convert::From::from(event));
            }

            #edge
        }

        impl #recording {
            /// Creates a mock that has recorded nothing.
            #[must_use]
            #vis fn new() -> Self { ::core::default::Default::default() }

            #with

            /// Returns the names of the methods that none of these mocks, nor their clones, has seen called.
            #vis fn uncovered_in<'a>(
                mocks: impl ::core::iter::IntoIterator<Item = &'a Self>,
            ) -> #private::Vec<&'static ::core::primitive::str> {
                #private::Journal::uncovered_in(::core::iter::Iterator::map(
                    ::core::iter::IntoIterator::into_iter(mocks),
                    |mock| &mock.0,
                ))
            }

            #(#accessors)*
        }

        impl ::core::default::Default for #recording {
            fn default() -> Self {
                #recording(#private::Journal::new(<dyn #name as #private::Surface>::SCHEMA))
            }
        }

        impl ::core::clone::Clone for #recording {
            fn clone(&self) -> Self { #recording(::core::clone::Clone::clone(&self.0)) }
        }

        impl ::core::fmt::Debug for #recording {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.0, f)
            }
        }

        impl ::core::ops::Deref for #recording {
            type Target = #private::Journal<#call>;
            fn deref(&self) -> &Self::Target { &self.0 }
        }
    }
}

fn call(context: &Context<'_>, names: &Names) -> TokenStream {
    let Context { surface, private, events, .. } = context;
    let (call, vis) = (&names.call, &surface.item.vis);
    let constructors = events.iter().map(|event| constructor(context, event));
    quote! {
        impl #call {
            #(#constructors)*
        }

        impl ::core::convert::From<#private::Record> for #call {
            fn from(record: #private::Record) -> Self { #call(record) }
        }

        impl ::core::convert::AsRef<#private::Record> for #call {
            fn as_ref(&self) -> &#private::Record { &self.0 }
        }

        impl ::core::clone::Clone for #call {
            fn clone(&self) -> Self { #call(::core::clone::Clone::clone(&self.0)) }
        }

        impl ::core::cmp::PartialEq for #call {
            fn eq(&self, other: &Self) -> ::core::primitive::bool { self.0 == other.0 }
        }

        impl ::core::cmp::Eq for #call {}

        impl ::core::hash::Hash for #call {
            fn hash<__H: ::core::hash::Hasher>(&self, state: &mut __H) {
                ::core::hash::Hash::hash(&self.0, state)
            }
        }

        impl ::core::fmt::Debug for #call {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.0, f)
            }
        }

        #vis struct __Calls<__P>(#private::View<__P>);

        impl<__P> ::core::ops::Deref for __Calls<__P> {
            type Target = #private::View<__P>;
            fn deref(&self) -> &Self::Target { &self.0 }
        }

        impl<__P> ::core::clone::Clone for __Calls<__P> {
            fn clone(&self) -> Self { __Calls(::core::clone::Clone::clone(&self.0)) }
        }

        impl<__P> ::core::fmt::Debug for __Calls<__P> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.0, f)
            }
        }
    }
}

/// Generates `MetricsCall::failures(stage)`, with the signature of the method.
fn constructor(context: &Context<'_>, event: &Event<'_>) -> TokenStream {
    let Context { surface, name, private, .. } = context;
    let (cfgs, vis, constant) = (&event.cfgs, &surface.item.vis, event_const(event));
    let sig = signature(&event.method.sig);
    let (ident, generics) = (&sig.ident, &sig.generics);
    let inputs = sig.inputs.iter().filter(|arg| matches!(arg, FnArg::Typed(_)));
    let labels = event.labels().map(|(_, param, _)| argument::whole(context, param));
    let values = event.values().map(|(_, param, value)| argument::number(private, param, value));
    let with_context = argument::context(private, event);
    let doc = format!(" A call of `{}`, to compare with.", event.name());
    quote! {
        #(#cfgs)*
        #[doc = #doc]
        #[inline]
        #vis fn #ident #generics (#(#inputs),*) -> Self {
            Self(#private::Record::new(<dyn #name>::#constant, &[#(#labels),*], &[#(#values),*]) #with_context)
        }
    }
}
