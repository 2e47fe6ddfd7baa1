//! Model to tokens. Nothing can go wrong here: a type with errors is still a label.

use super::model::{Label, Newtype, Values, Variant};
use crate::lifetime::static_type;
use crate::located::check;
use crate::set::{Listed, Set};
use crate::ty::{self, Sort};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Generics, Ident, Lifetime, Type};

pub fn label(label: &Label<'_>) -> TokenStream {
    match &label.values {
        Values::Variants(variants) => closed(label, variants),
        Values::Newtype(newtype) => open(label, newtype),
        Values::Unknown => fallback(label),
        Values::Owned => TokenStream::new(),
    }
}

// #[derive(Label)] enum Stage { Lease, Insert }
//
//     impl Label for Stage {
//         const SET: LabelSet = LabelSet::Closed(&["lease", "insert"]);
//         fn value(&self) -> LabelValue<'_> { LabelValue::Closed(match self { Lease => 0, Insert => 1 }) }
//         ..
//     }
fn closed(label: &Label<'_>, variants: &[Variant<'_>]) -> TokenStream {
    let private = private(label);
    let ident = &label.input.ident;
    let texts = variants.iter().map(|variant| &variant.text);
    let idents: Vec<&Ident> = variants.iter().map(|variant| variant.ident).collect();
    let help = variants.iter().map(|variant| &variant.help);
    let value_help = variants
        .iter()
        .any(|variant| !variant.help.is_empty())
        .then(|| quote!(const VALUE_HELP: &'static [&'static ::core::primitive::str] = &[#(#help),*];));
    let indexes: Vec<u32> = (0_u32..).take(idents.len()).collect();
    let members = quote! {
        const SET: #private::LabelSet = #private::LabelSet::Closed(&[#(#texts),*]);
        #value_help
        type Owned = Self;

        #[inline]
        fn value(&self) -> #private::LabelValue<'_> {
            #private::LabelValue::Closed(match self { #(Self::#idents => #indexes,)* })
        }

        #[inline]
        fn again(&self) -> Self {
            match self { #(Self::#idents => Self::#idents,)* }
        }

        fn from_value(value: &#private::LabelValue<'_>) -> ::core::option::Option<Self> {
            match value {
                #(#private::LabelValue::Closed(#indexes) => ::core::option::Option::Some(Self::#idents),)*
                _ => ::core::option::Option::None,
            }
        }

        fn of_owned(owned: Self) -> ::core::option::Option<Self> {
            ::core::option::Option::Some(owned)
        }
    };
    let implementation = implementation(label, &members);
    let other = variants.iter().position(|variant| variant.other).map(|at| {
        quote!(const __OTHER: ::core::option::Option<::core::primitive::usize> = ::core::option::Option::Some(#at);)
    });
    let lossy = variants.iter().find(|variant| variant.other).map(|other| lossy(label, other));
    quote! {
        #implementation

        impl #private::Closed for #ident { #other }

        #lossy
    }
}

/// Generates the conversion from untrusted text. It is total if there is an `other`.
fn lossy(label: &Label<'_>, other: &Variant<'_>) -> TokenStream {
    let private = private(label);
    let ident = &label.input.ident;
    let vis = &label.input.vis;
    let variant = other.ident;
    let doc = format!(
        " Returns the value with exactly this text, upper and lower case included, or [`{variant}`](Self::{variant}) \
         if no value has it."
    );
    quote! {
        impl #ident {
            #[doc = #doc]
            #[allow(dead_code)]
            #[must_use]
            #vis fn from_str_lossy(text: &::core::primitive::str) -> Self {
                ::core::option::Option::unwrap_or(<Self as #private::Closed>::from_text(text), Self::#variant)
            }
        }
    }
}

fn open(label: &Label<'_>, newtype: &Newtype<'_>) -> TokenStream {
    let private = private(label);
    let inner = newtype.inner;
    if let Set::Listed(set) = &newtype.set {
        return listed(label, inner, set);
    }
    let owned = static_type(inner);
    let set = match &newtype.set {
        Set::Capped(capped) => {
            let domain = capped.domain(&private);
            quote!({
                static DOMAIN: #private::Domain = #domain;
                #private::LabelSet::Open(&DOMAIN)
            })
        }
        Set::Range(range) => range.set(&private),
        Set::Type | Set::Unbounded | Set::With(_) | Set::Listed(_) => quote!(#private::LabelSet::Closed(&[])),
    };
    let constant = constant(label, &newtype.set);
    let restore = restore(label, inner);
    let label = implementation(
        label,
        &quote! {
            const SET: #private::LabelSet = #set;
            type Owned = <#owned as #private::Open>::Owned;

            #[inline]
            fn value(&self) -> #private::LabelValue<'_> {
                <#inner as #private::Open>::value(&self.0)
            }

            #[inline]
            fn again(&self) -> Self {
                Self(self.0)
            }

            fn from_value(value: &#private::LabelValue<'_>) -> ::core::option::Option<Self::Owned> {
                <#inner as #private::Open>::from_value(value)
            }

            fn of_static(value: &#private::LabelValue<'static>) -> ::core::option::Option<Self> {
                ::core::option::Option::map(<#inner as #private::Open>::of_static(value), Self)
            }
        },
    );
    quote!(#label #restore #constant)
}

// #[derive(Label)] #[label(values = ["single", "since"])] struct Scope<'a>(&'a str);
//
//     impl<'a> Label for Scope<'a> {
//         const SET: LabelSet = LabelSet::Closed(&["single", "since", OTHER]);
//         fn value(&self) -> LabelValue<'_> { listed(&Self::SET, self.0) }
//         ..
//     }
fn listed(label: &Label<'_>, inner: &Type, listed: &Listed) -> TokenStream {
    let private = private(label);
    let set = listed.set(&private);
    let restore = restore(label, inner);
    let constant = constant(label, &Set::Listed(listed.clone()));
    let label = implementation(
        label,
        &quote! {
            const SET: #private::LabelSet = #set;
            type Owned = #private::String;

            #[inline]
            fn value(&self) -> #private::LabelValue<'_> {
                #private::listed(&<Self as #private::Label>::SET, self.0)
            }

            #[inline]
            fn again(&self) -> Self {
                Self(self.0)
            }

            fn from_value(value: &#private::LabelValue<'_>) -> ::core::option::Option<Self::Owned> {
                let text = #private::listed_text(&<Self as #private::Label>::SET, value);
                ::core::option::Option::map(text, ::core::convert::From::from)
            }

            fn of_static(value: &#private::LabelValue<'static>) -> ::core::option::Option<Self> {
                let text = #private::listed_text(&<Self as #private::Label>::SET, value);
                ::core::option::Option::map(text, Self)
            }
        },
    );
    quote!(#label #restore #constant)
}

/// Generates the check of texts that the macro cannot see.
fn constant(label: &Label<'_>, set: &Set) -> Option<TokenStream> {
    let path = set.constant()?;
    let private = private(label);
    let ident = &label.input.ident;
    let (_, type_generics, _) = label.input.generics.split_for_impl();
    let ty = static_type(&quote!(#ident #type_generics));
    let span = syn::spanned::Spanned::span(path);
    let check = check(&private, "texts", span);
    Some(quote_spanned! {span=>
        #[allow(long_running_const_eval)]
        const _: () = #check(&<#ty as #private::Label>::SET);
    })
}

// pub struct EventType<'a>(pub &'a str);
//
//     impl<'a> Restore<'a> for EventType<'a> { type Kept = String; .. }
//
// A guard keeps a type without a lifetime as it is.
fn restore(label: &Label<'_>, inner: &Type) -> TokenStream {
    let private = private(label);
    let ident = &label.input.ident;
    let generics = &label.input.generics;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let Some(lifetime) = lifetime(generics).filter(|_| ty::sort(inner) == Sort::Text) else {
        return TokenStream::new();
    };
    quote! {
        impl #impl_generics #private::Restore<#lifetime> for #ident #type_generics #where_clause {
            type Kept = #private::String;

            #[inline]
            fn keep(&self) -> Self::Kept {
                ::core::convert::From::from(self.0)
            }

            #[inline]
            fn restore(kept: &#lifetime Self::Kept) -> Self {
                Self(kept)
            }
        }
    }
}

/// Returns the lifetime of a label that borrows.
fn lifetime(generics: &Generics) -> Option<&Lifetime> {
    generics.lifetimes().next().map(|param| &param.lifetime)
}

/// Generates the implementation for a type with errors: a label without a value, so that no error follows
/// from it.
fn fallback(label: &Label<'_>) -> TokenStream {
    let private = private(label);
    let ident = &label.input.ident;
    let (impl_generics, type_generics, _) = label.input.generics.split_for_impl();
    let restore = lifetime(&label.input.generics).map(|lifetime| {
        quote! {
            impl #impl_generics #private::Restore<#lifetime> for #ident #type_generics {
                type Kept = ();

                fn keep(&self) {}

                fn restore((): &#lifetime ()) -> Self {
                    loop {}
                }
            }
        }
    });
    quote! {
        #restore

        impl #impl_generics #private::Label for #ident #type_generics {
            const SET: #private::LabelSet = #private::LabelSet::Closed(&[""]);
            type Owned = ();

            fn value(&self) -> #private::LabelValue<'_> {
                #private::LabelValue::None
            }

            fn again(&self) -> Self {
                loop {}
            }

            fn from_value(_: &#private::LabelValue<'_>) -> ::core::option::Option<Self::Owned> {
                ::core::option::Option::Some(())
            }
        }
    }
}

fn implementation(label: &Label<'_>, members: &TokenStream) -> TokenStream {
    let private = private(label);
    let ident = &label.input.ident;
    let (impl_generics, type_generics, where_clause) = label.input.generics.split_for_impl();
    let name = label.name.iter();
    let help = Some(&label.help).filter(|help| !help.is_empty()).into_iter();
    let copied = copied(label);
    quote! {
        #copied

        impl #impl_generics #private::Label for #ident #type_generics #where_clause {
            #(const NAME: ::core::option::Option<&'static ::core::primitive::str> =
                ::core::option::Option::Some(#name);)*
            #(const HELP: &'static ::core::primitive::str = #help;)*
            #members
        }
    }
}

/// Generates the check that a label type is `Copy`. The error stands on the type's name, and nowhere else.
fn copied(label: &Label<'_>) -> TokenStream {
    let private = private(label);
    let ident = &label.input.ident;
    let (_, type_generics, _) = label.input.generics.split_for_impl();
    let ty = static_type(&quote!(#ident #type_generics));
    let name = Ident::new("is_copy", ident.span());
    quote_spanned!(ident.span()=> const _: () = #private::#name::<#ty>();)
}

fn private(label: &Label<'_>) -> TokenStream {
    let krate = &label.krate;
    quote!(#krate::__private)
}
