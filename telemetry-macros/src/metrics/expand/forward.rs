//! Who implements the trait without being asked: the library's types, and whatever holds an implementation.

use super::view::projection;
use super::{Context, guard, signature};
use crate::metrics::model::{Label, Param, Role};
use crate::set::Set;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{FnArg, GenericParam, Pat, ReceiverKind, Safety, Signature, TraitItem};

pub fn impls(context: &Context<'_>) -> TokenStream {
    let library = library(context);
    let holders = holders(context);
    quote!(#library #holders)
}

/// Generates the library's implementations: `NoOp` has empty bodies; the others take every call through the
/// hook.
fn library(context: &Context<'_>) -> TokenStream {
    let Context { name, private, .. } = context;
    let empty = context.events.iter().map(|event| {
        let (cfgs, sig) = (&event.cfgs, signature(&event.method.sig));
        quote!(#(#cfgs)* #[inline] #sig {})
    });
    let no_edge = guard::edge_hook(context, &quote!());
    let nobody = guard::listeners_hook(context, &quote!(#private::Listeners::None));
    let edge = guard::edge_hook(context, &quote!(#private::Sink::guard_edge(self, edge);));
    let inner_edge = guard::edge_hook(context, &quote!(#private::Sink::guard_edge(&self.0, edge);));
    quote! {
        impl #name for #private::NoOp {
            #(#empty)*

            #[inline]
            fn event(&self, _: &#private::Event<'_>) {}

            #no_edge
            #nobody
        }

        impl #name for #private::Log {
            fn event(&self, event: &#private::Event<'_>) {
                #private::Sink::record(self, event);
            }

            #edge
        }

        impl<__S: #private::Sink> #name for #private::SinkAdapter<__S> {
            fn event(&self, event: &#private::Event<'_>) {
                #private::Sink::record(&self.0, event);
            }

            #inner_edge
        }

        impl #name for dyn #private::Sink + '_ {
            fn event(&self, event: &#private::Event<'_>) {
                #private::Sink::record(self, event);
            }

            #edge
        }

        // The other spelling of the type, for code that does not rely on the supertraits of `Sink`.
        impl #name for dyn #private::Sink + ::core::marker::Send + ::core::marker::Sync + '_ {
            fn event(&self, event: &#private::Event<'_>) {
                #private::Sink::record(self, event);
            }

            #edge
        }
    }
}

/// Generates the implementations of holders. Each forwards every method and the hook, since its content may
/// override some.
fn holders(context: &Context<'_>) -> TokenStream {
    let Context { name, private, .. } = context;
    let deref = |call: Call<'_>| call(&quote!(__T), &quote!(&**self), Pass::Last);
    let slice = |call: Call<'_>| call(&quote!([__T]), &quote!(&**self), Pass::Last);
    let each = |call: Call<'_>| {
        let call = call(&quote!(__T), &quote!(__each), Pass::More);
        quote!(for __each in self { #call })
    };
    let some = |call: Call<'_>| {
        let call = call(&quote!(__T), &quote!(__some), Pass::Last);
        quote!(if let #private::Some(__some) = self { #call })
    };
    let both = |call: Call<'_>| {
        let first = call(&quote!(__A), &quote!(&self.0), Pass::More);
        let second = call(&quote!(__B), &quote!(&self.1), Pass::Last);
        quote!(#first #second)
    };
    let unsized_ = quote!(__T: #name + ?::core::marker::Sized);
    // Of what holds one implementation: its own helpers, and its own listeners.
    let mut own: TokenStream = context.surface.others.iter().filter_map(|item| helper(name, item)).collect();
    own.extend(guard::listeners_hook(context, &quote!(<__T as #name>::__listeners(&**self))));
    let of_some = quote! {
        match self { #private::Some(__some) => <__T as #name>::__listeners(__some), _ => #private::Listeners::None }
    };
    let of_some = guard::listeners_hook(context, &of_some).unwrap_or_default();
    let (first, second) =
        (quote!(<__A as #name>::__listeners(&self.0)), quote!(<__B as #name>::__listeners(&self.1)));
    let of_both = quote!(#private::Listeners::and(#first, #second));
    let of_both = guard::listeners_hook(context, &of_both).unwrap_or_default();
    let none = TokenStream::new();
    [
        holder(context, &unsized_, &quote!(&__T), &deref, &own),
        holder(context, &unsized_, &quote!(#private::Box<__T>), &deref, &own),
        holder(context, &unsized_, &quote!(#private::Arc<__T>), &deref, &own),
        holder(context, &quote!(__T: #name), &quote!(::core::option::Option<__T>), &some, &of_some),
        holder(context, &quote!(__A: #name, __B: #name), &quote!((__A, __B)), &both, &of_both),
        holder(context, &quote!(__T: #name), &quote!([__T]), &each, &none),
        holder(context, &quote!(__T: #name), &quote!(#private::Vec<__T>), &slice, &none),
    ]
    .into_iter()
    .collect()
}

/// Generates the call of a helper on the content, which may override it; nothing for one that cannot be
/// called by its name and its arguments. What holds several has none to ask, and runs the helper itself.
fn helper(name: &Ident, item: &TraitItem) -> Option<TokenStream> {
    let TraitItem::Fn(helper) = item else { return None };
    let sig = &helper.sig;
    let by_reference = matches!(sig.receiver()?.kind, ReceiverKind::Reference(_, _, None));
    let plain = sig.generics.where_clause.is_none()
        && sig.generics.params.iter().all(|param| matches!(param, GenericParam::Lifetime(_)))
        && matches!(sig.safety, Safety::Default)
        && sig.asyncness.is_none();
    if !(by_reference && plain) {
        return None;
    }
    let mut args = TokenStream::new();
    for arg in sig.inputs.iter().skip(1) {
        let FnArg::Typed(arg) = arg else { return None };
        let Pat::Ident(pat) = &*arg.pat else { return None };
        let ident = pat.subpat.is_none().then_some(&pat.ident)?;
        args.extend(quote!(, #ident));
    }
    let cfgs = helper.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    let (method, sig) = (&sig.ident, without_mut(signature(sig)));
    Some(quote!(#(#cfgs)* #[inline] #sig { <__T as #name>::#method(&**self #args) }))
}

/// Removes `mut` from parameters: it concerns only the body in the trait.
fn without_mut(mut sig: Signature) -> Signature {
    for arg in &mut sig.inputs {
        if let FnArg::Typed(arg) = arg
            && let Pat::Ident(pat) = &mut *arg.pat
        {
            pat.mutability = None;
            pat.by_ref = None;
        }
    }
    sig
}

/// Makes a call of the method at hand: of which type's implementation, on what, and whether the arguments are
/// needed again.
type Call<'c> = &'c dyn Fn(&TokenStream, &TokenStream, Pass) -> TokenStream;

/// True if another call takes the arguments too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Last,
    More,
}

fn holder(
    context: &Context<'_>,
    generics: &TokenStream,
    ty: &TokenStream,
    body: &dyn Fn(Call<'_>) -> TokenStream,
    others: &TokenStream,
) -> TokenStream {
    let Context { name, private, .. } = context;
    let methods = context.events.iter().map(|event| {
        let (cfgs, sig) = (&event.cfgs, signature(&event.method.sig));
        let method = &sig.ident;
        let body = body(&|of, on, pass| {
            let args: TokenStream = event.params.iter().map(|param| passed(private, param, pass)).collect();
            quote!(<#of as #name>::#method(#on #args);)
        });
        let body = if event.has_unknown() { TokenStream::new() } else { body };
        quote!(#(#cfgs)* #[inline] #sig { #body })
    });
    let hook = body(&|of, on, _| quote!(<#of as #name>::event(#on, event);));
    let edge = guard::edge_hook(context, &body(&|of, on, _| quote!(<#of as #name>::guard_edge(#on, edge);)));
    quote! {
        impl<#generics> #name for #ty {
            #(#methods)*
            #others

            #[inline]
            fn event(&self, event: &#private::Event<'_>) { #hook }

            #edge
        }
    }
}

/// Generates an argument of a forwarded call. A label that is needed again is not moved, although it is
/// `Copy`: of a type that is not, the derive says so, and rustc would say it here for each method.
fn passed(private: &TokenStream, param: &Param<'_>, pass: Pass) -> TokenStream {
    let ident = &param.ident;
    if pass == Pass::Last || !param.has_own_type() {
        return quote!(, #ident);
    }
    let of = match &param.role {
        Role::Context => quote!(#private::Context),
        Role::Label(Label { set: Set::With(_), .. }) => quote!(#private::Passed),
        _ => quote!(#private::Label),
    };
    let again = projection(&param.ty.to_token_stream(), &of, "again");
    quote!(, #again(&#ident))
}
