//! The parameters of a method as the library takes them.

use super::{Context, event_const};
use crate::lifetime::elided;
use crate::metrics::model::{Event, Label, Param, Role, Value};
use crate::set::Set;
use crate::ty;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// Generates a label as a `LabelValue` of bounded length, in the trait.
pub fn bounded(context: &Context<'_>, event: &Event<'_>, param: &Param<'_>) -> TokenStream {
    let Context { name, absolute, .. } = context;
    let (schema, index) = (event_const(event), event.argument_index(event.index_of(param)));
    bounded_by(context, absolute, param, &quote!(<dyn #name>::#schema.labels[#index]))
}

/// Generates a label as a `LabelValue` of bounded length; `schema` is its declaration.
pub fn bounded_by(
    context: &Context<'_>,
    private: &TokenStream,
    param: &Param<'_>,
    schema: &TokenStream,
) -> TokenStream {
    let Role::Label(label) = &param.role else { return TokenStream::new() };
    let argument = converted(context, private, param, label);
    let ty = label_type(context, private, param, label);
    if of_type(label) {
        return quote!(<#ty as #private::Label>::bounded(&#argument));
    }
    quote!(<#ty as #private::Open>::bounded(&#argument, &#schema.set))
}

/// Generates a label as a `LabelValue` with its whole text, also where the method's lifetimes are not in
/// scope.
pub fn whole(context: &Context<'_>, param: &Param<'_>) -> TokenStream {
    let private = &context.private;
    let Role::Label(label) = &param.role else { return TokenStream::new() };
    let argument = converted(context, private, param, label);
    let (ty, of) = (
        elided(&label_type(context, private, param, label)),
        if of_type(label) { quote!(Label) } else { quote!(Open) },
    );
    quote!(<#ty as #private::#of>::value(&#argument))
}

/// Generates a value as a number that may be absent.
pub fn number(absolute: &TokenStream, param: &Param<'_>, value: &Value) -> TokenStream {
    let (ident, ty) = (&param.ident, &value.inner);
    let read = if value.optional { quote!(optional) } else { quote!(number) };
    quote!(<#ty as #absolute::Value>::#read(#ident))
}

/// Generates the context of an event as `ContextValue`s; nothing for an event without.
pub fn context(private: &TokenStream, event: &Event<'_>) -> Option<TokenStream> {
    let values: Vec<TokenStream> = event
        .context()
        .map(|param| {
            let (ident, ty) = (&param.ident, param.ty);
            quote!(<#ty as #private::Context>::value(&#ident))
        })
        .collect();
    (!values.is_empty()).then(|| quote!(.with_context(&[#(#values),*])))
}

/// Returns true if the label's type says its set.
fn of_type(label: &Label) -> bool {
    matches!(label.set, Set::Type | Set::With(_) | Set::Listed(_))
}

/// Generates the parameter as the type that is the label.
fn converted(context: &Context<'_>, private: &TokenStream, param: &Param<'_>, label: &Label) -> TokenStream {
    let (ident, from) = (&param.ident, ty::option(param.ty).unwrap_or(param.ty));
    match &label.set {
        Set::With(ty) if label.optional => {
            quote!(::core::option::Option::map(#ident, <#ty as ::core::convert::From<#from>>::from))
        }
        Set::With(ty) => quote!(<#ty as ::core::convert::From<#from>>::from(#ident)),
        Set::Listed(listed) => {
            let (ty, text) = (context.listed(private, listed), elided(&from));
            let of = if label.optional { quote!(of_optional) } else { quote!(of) };
            quote!(<#ty>::#of::<#text>(#ident))
        }
        Set::Type | Set::Unbounded | Set::Capped(_) | Set::Range(_) => ident.to_token_stream(),
    }
}

/// Generates the type that is the label. Code that needs it to be one names it first, so that one error on
/// the user's own token is all that rustc has to say of a type that is not one.
fn label_type(context: &Context<'_>, private: &TokenStream, param: &Param<'_>, label: &Label) -> TokenStream {
    match &label.set {
        Set::With(ty) if label.optional => quote!(::core::option::Option<#ty>),
        Set::With(ty) => ty.to_token_stream(),
        Set::Listed(listed) => {
            let ty = context.listed(private, listed);
            if label.optional { quote!(::core::option::Option<#ty>) } else { ty }
        }
        Set::Type | Set::Unbounded | Set::Capped(_) | Set::Range(_) => param.ty.to_token_stream(),
    }
}

/// Generates a number literal as a float, also if the user wrote an integer.
pub fn float(value: &syn::Expr) -> TokenStream {
    crate::attr::number(value).unwrap_or_default().to_token_stream()
}
