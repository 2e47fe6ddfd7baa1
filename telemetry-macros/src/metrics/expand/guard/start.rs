//! The type of a guard, and the method that starts it.

use super::Guarded;
use super::keep::{Keep, field, has_default, optional, text_generic};
use crate::lifetime::{elided, static_type};
use crate::metrics::expand::view::{ends, projection_at};
use crate::metrics::expand::{Context, lints};
use crate::metrics::model::Param;
use crate::ty;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

impl Guarded<'_> {
    pub fn structure(&self) -> TokenStream {
        let Context { surface, name: of, absolute, .. } = self.context;
        let (cfgs, vis, name, texts) = (&self.event.cfgs, &surface.item.vis, &self.name, self.texts());
        let doc = format!(
            " An operation that [`{of}::{}`] records when it ends: by `end`, or by its drop. Of a guard that is \
             forgotten (`mem::forget`, `process::exit`) nothing is recorded, and it stays in flight.",
            self.event.name(),
        );
        let started = self.started().map(|(_, param, keep)| {
            let (field, ty) = (field(param), self.kept_type(param, keep));
            quote!(#field: #ty)
        });
        let ended = self.ended().filter(|param| has_default(param)).map(|param| {
            let (field, ty) = (field(param), self.owned_type(param));
            quote!(#field: #ty)
        });
        let lints = lints();
        quote! {
            #(#cfgs)*
            #[doc = #doc]
            #[must_use = "bind the guard to a name, such as `let guard = ...`: `let _ = ...` ends it at once"]
            #lints
            #vis struct #name<__M: #of, #(#texts: ::core::convert::AsRef<::core::primitive::str>),*> {
                #(#started,)*
                #(#ended,)*
                // Last: of the user's last field rustc would ask on `#[metrics]` whether it may be unsized.
                __state: #absolute::GuardState<__M>,
            }
        }
    }

    fn kept_type(&self, param: &Param<'_>, keep: Keep) -> TokenStream {
        let absolute = &self.context.absolute;
        let ty = self.owned_type(param);
        match keep {
            Keep::Text => {
                let generic = text_generic(param);
                optional(param, quote!(#generic))
            }
            Keep::Label => {
                let at = ends(&param.ty.to_token_stream());
                projection_at(at, &ty, &quote!(#absolute::Restore<'static>), "Kept")
            }
            Keep::Own | Keep::With | Keep::Context | Keep::Plain => ty,
        }
    }

    /// Generates a parameter's type with each lifetime `'static`, also one that it does not write: `Customer`
    /// for `Customer<'_>`. Of such a type in a field rustc would propose `#[metrics]<'a>`. In a function's
    /// result it has the lifetime of the argument.
    fn owned_type(&self, param: &Param<'_>) -> TokenStream {
        let (absolute, ty) = (&self.context.absolute, param.ty);
        if ty::may_lack_lifetime(ty) {
            quote!(<fn(&()) -> #ty as #absolute::Returns<&'static ()>>::Type)
        } else {
            static_type(ty)
        }
    }

    /// Generates the method that starts the guard.
    pub fn start(&self) -> TokenStream {
        let Context { valid, .. } = self.context;
        let (cfgs, name, start, texts) = (&self.event.cfgs, &self.name, &self.guard.start, self.texts());
        let doc = format!(
            " Starts an operation that [`{}`]({}::{0}) records at its end. {}",
            self.event.name(),
            self.context.name,
            self.event.help.first().map_or("", String::as_str),
        );
        let params = self.started().map(|(_, param, keep)| {
            let (ident, ty) = (&param.ident, elided(param.ty));
            match keep {
                Keep::Text => {
                    let generic = text_generic(param);
                    let ty = optional(param, quote!(#generic));
                    quote!(#ident: #ty)
                }
                Keep::Label | Keep::Own | Keep::With | Keep::Context | Keep::Plain => quote!(#ident: #ty),
            }
        });
        let body = if *valid { self.started_guard() } else { quote!(loop {}) };
        quote! {
            #(#cfgs)*
            #[doc = #doc]
            #[inline]
            #[track_caller]
            fn #start<#(#texts: ::core::convert::AsRef<::core::primitive::str>),*>(
                &self, #(#params),*
            ) -> #name<Self, #(#texts),*> {
                #body
            }
        }
    }

    /// Generates the guard, started on `self`. Nothing that may panic follows the start, since of what has
    /// started there must be a guard; and of what the guard keeps as it is, the start borrows.
    fn started_guard(&self) -> TokenStream {
        let Context { absolute, private, .. } = self.context;
        let (name, edge) = (&self.name, self.start_edge());
        let (labels, rest): (Vec<_>, Vec<_>) = self.started().partition(|(.., keep)| *keep == Keep::Label);
        let labels = labels.into_iter().map(|(_, param, _)| {
            let (field, ident) = (field(param), &param.ident);
            quote!(#field: #private::Restore::keep(&#ident))
        });
        let defaults = self.ended().filter_map(|param| {
            let (field, default) = (field(param), param.end.as_ref()?.default.as_ref()?);
            Some(quote!(#field: #default))
        });
        let rest = rest.into_iter().map(|(_, param, _)| {
            let (field, ident) = (field(param), &param.ident);
            quote!(#field: #ident)
        });
        quote! {
            use #absolute as #private;
            #name {
                #(#labels,)*
                #(#defaults,)*
                __state: #edge,
                #(#rest,)*
            }
        }
    }
}
