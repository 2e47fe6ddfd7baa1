//! Who implements the trait without being asked: the library's types, and whatever holds an implementation.

use super::{Context, signature};
use proc_macro2::TokenStream;
use quote::quote;

pub fn impls(context: &Context<'_>) -> TokenStream {
    let library = library(context);
    let holders = holders(context);
    quote!(#library #holders)
}

/// `NoOp` has empty bodies; the others take every call through the hook.
fn library(context: &Context<'_>) -> TokenStream {
    let Context { name, private, .. } = context;
    let empty = context.events.iter().map(|event| {
        let (cfgs, sig) = (&event.cfgs, signature(&event.method.sig));
        quote!(#(#cfgs)* #[inline] #sig {})
    });
    quote! {
        impl #name for #private::NoOp {
            #(#empty)*
        }

        impl #name for #private::Log {
            fn event(&self, event: &#private::Event<'_>) {
                #private::Sink::event(self, event);
            }
        }

        impl<__S: #private::Sink> #name for #private::Via<__S> {
            fn event(&self, event: &#private::Event<'_>) {
                #private::Sink::event(&self.0, event);
            }
        }

        impl #name for dyn #private::Sink + '_ {
            fn event(&self, event: &#private::Event<'_>) {
                #private::Sink::event(self, event);
            }
        }
    }
}

/// Each forwards method by method, and the hook: what it holds may override some of them.
fn holders(context: &Context<'_>) -> TokenStream {
    let Context { name, private, .. } = context;
    let deref = |call: Call<'_>| call(&quote!(__T), &quote!(&**self));
    let each = |call: Call<'_>| {
        let call = call(&quote!(__T), &quote!(__each));
        quote!(for __each in self { #call })
    };
    let some = |call: Call<'_>| {
        let call = call(&quote!(__T), &quote!(__some));
        quote!(if let ::core::option::Option::Some(__some) = self { #call })
    };
    let both = |call: Call<'_>| {
        let (first, second) = (call(&quote!(__A), &quote!(&self.0)), call(&quote!(__B), &quote!(&self.1)));
        quote!(#first #second)
    };
    [
        holder(context, &quote!(__T: #name + ?::core::marker::Sized), &quote!(&__T), &deref),
        holder(context, &quote!(__T: #name + ?::core::marker::Sized), &quote!(#private::Box<__T>), &deref),
        holder(context, &quote!(__T: #name + ?::core::marker::Sized), &quote!(#private::Arc<__T>), &deref),
        holder(context, &quote!(__T: #name), &quote!(::core::option::Option<__T>), &some),
        holder(context, &quote!(__A: #name, __B: #name), &quote!((__A, __B)), &both),
        holder(context, &quote!(__T: #name), &quote!([__T]), &each),
        holder(context, &quote!(__T: #name), &quote!(#private::Vec<__T>), &each),
    ]
    .into_iter()
    .collect()
}

/// Makes a call of the method at hand: of which type's implementation, on what.
type Call<'c> = &'c dyn Fn(&TokenStream, &TokenStream) -> TokenStream;

fn holder(
    context: &Context<'_>,
    generics: &TokenStream,
    ty: &TokenStream,
    body: &dyn Fn(Call<'_>) -> TokenStream,
) -> TokenStream {
    let Context { name, private, .. } = context;
    let methods = context.events.iter().map(|event| {
        let (cfgs, sig) = (&event.cfgs, signature(&event.method.sig));
        let (method, args) = (&sig.ident, event.params.iter().map(|param| &param.ident));
        let args: TokenStream = args.map(|arg| quote!(, #arg)).collect();
        let body = body(&|of, on| quote!(<#of as #name>::#method(#on #args);));
        let body = if event.has_unknown() { TokenStream::new() } else { body };
        quote!(#(#cfgs)* #[inline] #sig { #body })
    });
    let hook = body(&|of, on| quote!(<#of as #name>::event(#on, event);));
    quote! {
        impl<#generics> #name for #ty {
            #(#methods)*

            #[inline]
            fn event(&self, event: &#private::Event<'_>) { #hook }
        }
    }
}
