//! The recording mock: the recorder, the call, and per method its parameters and a view on its calls.

use super::{Context, anonymous, argument, event_const, signature};
use crate::lifetime::static_type;
use crate::metrics::model::{Event, Label, Param};
use crate::set::Set;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
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
    let views = views(context);
    let types = types.into_iter().map(|ty| quote!(#cfg #ty));
    let implementations = anonymous(context, &quote!(#recorder #call #views));
    quote! {
        #(#types)*
        #cfg
        #implementations
    }
}

fn types(context: &Context<'_>, names: &Names) -> [TokenStream; 2] {
    let Context { surface, name, library, .. } = context;
    let (Names { recording, call }, vis) = (names, &surface.item.vis);
    let recording_doc = format!(
        " Records every call of [`{name}`], for tests; clones share what they record. It reads through its \
         journal: `calls`, `take`, `assert_only`, `wait_for`, `uncovered`."
    );
    let call_doc = format!(" One recorded call of [`{name}`].");
    [
        quote!(#[doc = #recording_doc] #vis struct #recording(#library::Journal<#call>);),
        quote!(#[doc = #call_doc] #vis struct #call(#library::Record);),
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
        let (cfgs, method) = (&event.cfgs, format_ident!("{}_calls", event.name()));
        let (params, doc) = (params_name(event), format!(" The recorded calls of `{}`.", event.name()));
        quote! {
            #(#cfgs)*
            #[doc = #doc]
            #[inline]
            #vis fn #method(&self) -> __Calls<#params> { __Calls(#private::View::new(&self.0)) }
        }
    });
    quote! {
        impl #name for #recording {
            #(#methods)*

            fn event(&self, event: &#private::Event<'_>) {
                #private::Journal::push(&self.0, ::core::convert::From::from(event));
            }
        }

        impl #recording {
            /// The names of the methods that none of these mocks, nor their clones, has seen called.
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

/// `MetricsCall::failures(stage)`, with the signature of the method.
fn constructor(context: &Context<'_>, event: &Event<'_>) -> TokenStream {
    let Context { surface, name, private, .. } = context;
    let (cfgs, vis, constant) = (&event.cfgs, &surface.item.vis, event_const(event));
    let sig = signature(&event.method.sig);
    let (ident, generics) = (&sig.ident, &sig.generics);
    let inputs = sig.inputs.iter().filter(|arg| matches!(arg, FnArg::Typed(_)));
    let labels = event.labels().map(|(_, param, _)| argument::whole(context, param));
    let values = event.values().map(|(_, param, value)| argument::number(private, param, value));
    let doc = format!(" A call of `{}`, to compare with.", event.name());
    quote! {
        #(#cfgs)*
        #[doc = #doc]
        #[inline]
        #vis fn #ident #generics (#(#inputs),*) -> Self {
            Self(#private::Record::new(<dyn #name>::#constant, &[#(#labels),*], &[#(#values),*]))
        }
    }
}

fn views(context: &Context<'_>) -> TokenStream {
    context.events.iter().map(|event| view(context, event)).collect()
}

fn params_name(event: &Event<'_>) -> Ident {
    format_ident!("__{}", event.name())
}

// fn failures(&self, stage: Stage);
//
//     pub struct __failures { pub stage: <Stage as Label>::Owned }
//     impl __Calls<__failures> { pub fn stage(self, stage: Stage) -> Self { .. } }
fn view(context: &Context<'_>, event: &Event<'_>) -> TokenStream {
    let Context { surface, name, private, .. } = context;
    let (cfgs, vis) = (&event.cfgs, &surface.item.vis);
    let (params, constant) = (params_name(event), event_const(event));
    let fields = fields(context, event);
    let (idents, types) = (fields.iter().map(|field| field.ident), fields.iter().map(|field| &field.ty));
    let reads = fields.iter().map(|field| {
        let (mut ident, read) = (field.ident.clone(), &field.read);
        ident.set_span(ends(&field.ty).0);
        quote!(#ident: #read)
    });
    let filters = filters(context, event);
    let values: Vec<_> = event.values().collect();
    let one_value = if let [(_, _, value)] = values.as_slice() {
        let repr = projection(&static_type(&value.inner), &quote!(#private::Value), "Repr");
        Some(quote! {
            #(#cfgs)*
            impl #private::OneValue for #params {
                type Repr = #repr;
            }
        })
    } else {
        None
    };
    let doc = format!(" The parameters of a call of `{}`.", event.name());
    quote! {
        #(#cfgs)*
        #[doc = #doc]
        #vis struct #params { #(#vis #idents: #types,)* __end: () }

        #(#cfgs)*
        impl #private::Params for #params {
            #[inline]
            fn event() -> &'static #private::EventSchema { <dyn #name>::#constant }
            #[inline]
            fn read(record: &#private::Record) -> ::core::option::Option<Self> {
                ::core::option::Option::Some(#params { #(#reads,)* __end: () })
            }
        }

        #one_value
        #filters
    }
}

/// A parameter as the mock hands it out.
struct Field<'a> {
    ident: &'a Ident,
    ty: TokenStream,
    read: TokenStream,
}

fn fields<'a>(context: &Context<'_>, event: &'a Event<'a>) -> Vec<Field<'a>> {
    let private = &context.private;
    let labels = event.labels().enumerate().map(|(place, (index, param, label))| {
        let (ty, of) = label_type(private, param, label);
        let (from_value, last) = (projection(&ty, &of, "from_value"), ends(&ty).1);
        let found = quote_spanned!(last=> #from_value(&#private::Record::label(record, #place)));
        let read = read(private, &ty, &found);
        Field { ident: &event.params[index].ident, ty: projection(&ty, &of, "Owned"), read }
    });
    let values = event.values().enumerate().map(|(place, (index, _, value))| {
        let ty = static_type(&value.inner);
        let ident = &event.params[index].ident;
        let found = quote!(<#ty as #private::Value>::read(#private::Record::value(record, #place)));
        if value.optional {
            Field { ident, ty: quote!(::core::option::Option<#ty>), read: found }
        } else {
            Field { ident, read: quote!(#found?), ty }
        }
    });
    labels.chain(values).collect()
}

/// What an `Option` holds, or none of the whole; from end to end placed on the type, see [`projection`]. No
/// `?`: rustc would speak of it where a type is no label.
fn read(private: &TokenStream, ty: &TokenStream, found: &TokenStream) -> TokenStream {
    let (first, last) = ends(ty);
    let found = quote_spanned!(first=> match #found);
    quote_spanned! {last=>
        #found {
            #private::Some(__found) => __found,
            _ => return #private::None,
        }
    }
}

/// `<Ty as Trait>::Item`, from end to end placed on the type: where that is no label or no value, rustc says
/// the same about the same place wherever it finds out, and prints it once.
fn projection(ty: &TokenStream, of: &TokenStream, item: &str) -> TokenStream {
    let (first, last) = ends(ty);
    let (open, item) = (quote_spanned!(first=> <), Ident::new(item, last));
    quote!(#open #ty as #of>::#item)
}

/// The places of the first token and the last.
fn ends(tokens: &TokenStream) -> (Span, Span) {
    let mut spans = tokens.clone().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// The type that a label is kept as, and the trait that keeps it.
fn label_type(private: &TokenStream, param: &Param<'_>, label: &Label) -> (TokenStream, TokenStream) {
    match &label.set {
        Set::With(ty) if label.optional => (quote!(::core::option::Option<#ty>), quote!(#private::Label)),
        Set::With(ty) => (ty.to_token_stream(), quote!(#private::Label)),
        Set::Type => (static_type(param.ty), quote!(#private::Label)),
        Set::Capped(_) | Set::Range(_) => (static_type(param.ty), quote!(#private::Open)),
    }
}

/// A filter per label, named as its parameter.
fn filters(context: &Context<'_>, event: &Event<'_>) -> Option<TokenStream> {
    let Context { surface, private, .. } = context;
    let (cfgs, params, vis) = (&event.cfgs, params_name(event), &surface.item.vis);
    let generics = &event.method.sig.generics;
    let filters: Vec<TokenStream> = event
        .labels()
        .enumerate()
        .map(|(place, (_, param, _))| {
            let (ident, ty) = (&param.ident, param.ty);
            let value = argument::whole(context, param);
            let doc = format!(" Only the calls with this `{}`.", param.name());
            quote! {
                #[doc = #doc]
                #[inline]
                #vis fn #ident #generics (&self, #ident: #ty) -> Self {
                    __Calls(#private::View::filter(&self.0, #place, &#value))
                }
            }
        })
        .collect();
    (!filters.is_empty()).then(|| {
        quote! {
            #(#cfgs)*
            impl __Calls<#params> {
                #(#filters)*
            }
        }
    })
}
