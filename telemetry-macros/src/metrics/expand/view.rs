//! The mock's parts per method: its parameters as fields, and filters on its calls.

use super::{Context, argument, event_const};
use crate::lifetime::static_type;
use crate::metrics::model::{Event, Label, Param};
use crate::set::Set;
use crate::ty;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

pub fn views(context: &Context<'_>) -> TokenStream {
    context.events.iter().map(|event| view(context, event)).collect()
}

/// Generates the struct of a method's parameters.
fn params_name(event: &Event<'_>) -> Ident {
    format_ident!("__{}_params", event.name())
}

/// Generates the view as a type: with the types of its label fields; placed on those, see [`projection`].
pub fn params_type(context: &Context<'_>, event: &Event<'_>) -> TokenStream {
    let name = params_name(event);
    let fields = fields(context, event);
    let types: Vec<_> =
        fields.iter().filter(|field| field.generic.is_some()).map(|field| &field.ty).collect();
    if types.is_empty() {
        return name.to_token_stream();
    }
    around(&quote!(#name<), &quote!(#(#types),*), &quote!(>))
}

/// Generates the function of the mock that gives the view.
pub fn accessor(context: &Context<'_>, event: &Event<'_>) -> TokenStream {
    let Context { surface, name, private, .. } = context;
    let (vis, constant, method) =
        (&surface.item.vis, event_const(event), format_ident!("{}_calls", event.name()));
    let params = params_type(context, event);
    let body = quote!({ __Calls(#private::View::new(&self.0, <dyn #name>::#constant)) });
    let calls = around(&quote!(__Calls<), &params, &quote!(> #body));
    quote!(#vis fn #method(&self) -> #calls)
}

// fn failures(&self, stage: Stage);
//
//     pub struct __failures_params<__0> { pub stage: __0 }
//     impl Params for __failures_params<<Stage as Label>::Owned> { .. }
//     impl<__0> __Calls<__failures_params<__0>> { pub fn stage(&self, stage: Stage) -> Self { .. } }
//
// The struct is generic over what may lack a lifetime, `Customer` for `Customer<'_>`: of a type in a field
// rustc would propose `#[metrics]<'a>`, and of one in the header of an implementation it proposes
// `Customer<'_>`.
fn view(context: &Context<'_>, event: &Event<'_>) -> TokenStream {
    let Context { surface, private, .. } = context;
    let (cfgs, vis, name) = (&event.cfgs, &surface.item.vis, params_name(event));
    let params = params_type(context, event);
    let fields = fields(context, event);
    let generics: Vec<_> = fields.iter().filter_map(|field| field.generic.as_ref()).collect();
    let generics = (!generics.is_empty()).then(|| quote!(<#(#generics),*>));
    let idents = fields.iter().map(|field| field.ident);
    let types =
        fields.iter().map(|field| field.generic.as_ref().map_or(field.ty.clone(), Ident::to_token_stream));
    let reads = fields.iter().map(|field| {
        let (mut ident, read) = (field.ident.clone(), &field.read);
        ident.set_span(ends(&field.ty).0);
        quote!(#ident: #read)
    });
    let filters = filters(context, event, &quote!(impl #generics __Calls<#name #generics>));
    let values: Vec<_> = event.values().collect();
    let one_value = if let [(_, _, value)] = values.as_slice() {
        let repr = projection(&static_type(&value.inner), &quote!(#private::Value), "Repr");
        Some(quote! {
            #(#cfgs)*
            impl #generics #private::OneValue for #name #generics { type Repr = #repr; }
        })
    } else {
        None
    };
    // A last field of ours: of the user's last one rustc would ask on `#[metrics]` whether it is a label,
    // since it may be unsized, and on its type as well.
    let end = quote!(__end: ());
    let doc = format!(" The parameters of a call of `{}`.", event.name());
    let option = around(&quote!(#private::Option<), &params, &quote!(>));
    let body = quote!({ #private::Some(#name { #(#reads,)* #end }) });
    let read = around(&quote!(fn read(record: &#private::Record) ->), &option, &body);
    let implementation = around(&quote!(impl #private::Params for), &params, &quote!({ #[inline] #read }));
    quote! {
        #(#cfgs)*
        #[doc = #doc]
        #vis struct #name #generics { #(#vis #idents: #types,)* #end }

        #(#cfgs)*
        #implementation

        #one_value
        #filters
    }
}

/// A parameter as the mock hands it out.
struct Field<'a> {
    ident: &'a Ident,
    ty: TokenStream,
    /// The type parameter that stands for the type, if that may lack a lifetime.
    generic: Option<Ident>,
    read: TokenStream,
}

fn fields<'a>(context: &Context<'_>, event: &'a Event<'a>) -> Vec<Field<'a>> {
    let private = &context.private;
    // Not placed on the type: one that a `macro_rules!` captured has no variables in common with us.
    let record = &Ident::new("record", Span::call_site());
    let labels = event.labels().enumerate().map(|(place, (index, param, label))| {
        let (ty, of) = label_type(context, param, label);
        let (from_value, last) = (projection(&ty, &of, "from_value"), ends(&ty).1);
        let found = quote_spanned!(last=> #from_value(&#private::Record::label(#record, #place)));
        let read = read(private, &ty, &found);
        let generic = ty::may_lack_lifetime(param.ty).then(|| format_ident!("__{place}"));
        Field { ident: &event.params[index].ident, ty: projection(&ty, &of, "Owned"), generic, read }
    });
    let values = event.values().enumerate().map(|(place, (index, _, value))| {
        let ty = static_type(&value.inner);
        let ident = &event.params[index].ident;
        let found = quote!(<#ty as #private::Value>::read(#private::Record::value(record, #place)));
        if value.optional {
            Field { ident, ty: quote!(::core::option::Option<#ty>), generic: None, read: found }
        } else {
            Field { ident, read: quote!(#found?), generic: None, ty }
        }
    });
    let context = event.context().enumerate().map(|(place, param)| {
        let (ty, of) = (static_type(param.ty), quote!(#private::Context));
        let (from_value, last) = (projection(&ty, &of, "from_value"), ends(&ty).1);
        let found = quote_spanned!(last=> #from_value(&#private::Record::context(#record, #place)));
        let read = read(private, &ty, &found);
        let generic = ty::may_lack_lifetime(param.ty).then(|| format_ident!("__c{place}"));
        Field { ident: &param.ident, ty: projection(&ty, &of, "Owned"), generic, read }
    });
    labels.chain(values).chain(context).collect()
}

/// Generates the content of an `Option`, or the type itself; from end to end placed on the type, see
/// [`projection`]. No `?`: rustc would speak of it where a type is no label.
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
pub fn projection(ty: &TokenStream, of: &TokenStream, item: &str) -> TokenStream {
    projection_at(ends(ty), ty, of, item)
}

/// Generates a [`projection`] that is placed from one token to another.
pub fn projection_at(
    (first, last): (Span, Span),
    ty: &TokenStream,
    of: &TokenStream,
    item: &str,
) -> TokenStream {
    let (open, item) = (quote_spanned!(first=> <), Ident::new(item, last));
    quote!(#open #ty as #of>::#item)
}

/// Generates the type between tokens of ours, which are placed on it.
fn around(before: &TokenStream, ty: &TokenStream, after: &TokenStream) -> TokenStream {
    let (first, last) = ends(ty);
    let at = |tokens: &TokenStream, span: Span| -> TokenStream {
        let tokens = tokens.clone().into_iter().map(|mut token| {
            token.set_span(span);
            token
        });
        tokens.collect()
    };
    let (before, after) = (at(before, first), at(after, last));
    quote!(#before #ty #after)
}

/// Generates the places of the first token and the last.
pub fn ends(tokens: &TokenStream) -> (Span, Span) {
    let mut spans = tokens.clone().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// Generates the type that a label is kept as, and the trait that keeps it.
pub fn label_type(context: &Context<'_>, param: &Param<'_>, label: &Label) -> (TokenStream, TokenStream) {
    let private = &context.private;
    match &label.set {
        Set::Listed(listed) => {
            let ty = context.listed(private, listed);
            let ty = if label.optional { quote!(::core::option::Option<#ty>) } else { ty };
            (ty, quote!(#private::Label))
        }
        Set::With(ty) if label.optional => (quote!(::core::option::Option<#ty>), quote!(#private::Label)),
        Set::With(ty) => (ty.to_token_stream(), quote!(#private::Label)),
        Set::Type => (static_type(param.ty), quote!(#private::Label)),
        Set::Unbounded | Set::Capped(_) | Set::Range(_) => (static_type(param.ty), quote!(#private::Open)),
    }
}

/// Generates a filter per label, named as its parameter. They stand on the view whatever the types of the
/// fields are, so that nothing is wrong here with one that is no label.
fn filters(context: &Context<'_>, event: &Event<'_>, head: &TokenStream) -> Option<TokenStream> {
    let Context { surface, private, .. } = context;
    let (cfgs, vis) = (&event.cfgs, &surface.item.vis);
    let generics = &event.method.sig.generics;
    let filters = event.labels().enumerate().map(|(place, (_, param, _))| {
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
    });
    let filters: Vec<TokenStream> = filters.collect();
    (!filters.is_empty()).then(|| quote!(#(#cfgs)* #head { #(#filters)* }))
}
