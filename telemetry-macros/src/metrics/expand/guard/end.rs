//! The ends of a guard.

use super::Guarded;
use super::keep::{Keep, again, field, has_default, is_into, let_again, let_text, local};
use crate::lifetime::{elided, with_lifetime};
use crate::metrics::expand::Context;
use crate::metrics::expand::view::projection;
use crate::metrics::model::Param;
use crate::ty;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

impl Guarded<'_> {
    /// Generates what a guard does: its ends.
    pub fn implementation(&self) -> TokenStream {
        let mentions = self.mentions();
        let debug = self.debug();
        let operations = if self.context.valid { self.operations() } else { self.empty_operations() };
        quote!(#operations #mentions #debug)
    }

    /// Generates `end` and `discard` that do nothing, in a declaration with errors.
    fn empty_operations(&self) -> TokenStream {
        let vis = &self.context.surface.item.vis;
        let [end, discard] = self.names_of_ends();
        let (lifetime, params) = self.end_params();
        let header = self.header(None);
        quote! {
            #header {
                #vis fn #end #lifetime (self, #(#params),*) {}
                #vis fn #discard(self) {}
            }
        }
    }

    fn operations(&self) -> TokenStream {
        let Context { surface, name: of, private, .. } = self.context;
        let vis = &surface.item.vis;
        let [end, discard] = self.names_of_ends();
        let (lifetime, params) = self.end_params();
        let idents: Vec<_> = self.ended().map(|param| &param.ident).collect();
        let into = self.ended().filter(|param| is_into(param)).map(|param| &param.ident);
        let types = self.ended().map(|param| elided(param.ty));
        let defaults = self.ended().map(|param| self.default(param));
        let edge = self.end_edge();
        let (handle, elapsed) = (local("handle"), local("elapsed"));
        let lets = self.lets();
        let method = &self.event.method.sig.ident;
        let args = self.event.params.iter().enumerate().map(|(index, param)| self.argument(index, param));
        let (header, drop_header) = (self.header(None), self.header(Some(&quote!(::core::ops::Drop))));
        quote! {
            #header {
                /// Ends the operation and records it.
                #[inline]
                #vis fn #end #lifetime (mut self, #(#params),*) {
                    #(let #into = ::core::convert::Into::into(#into);)*
                    self.__end(#(#idents),*);
                }

                /// Ends the operation without recording it. It is no longer in flight.
                #[inline]
                #vis fn #discard(mut self) {
                    let _ = self.__end_edge();
                }

                #[inline(always)]
                fn __end_edge(&mut self) -> #private::Option<(__M, #private::Duration)> {
                    if !#private::GuardState::is_open(&self.__state) {
                        return #private::None;
                    }
                    #edge
                }

                #[inline(always)]
                fn __end(&mut self, #(#idents: #types),*) {
                    let #private::Some((#handle, #elapsed)) = self.__end_edge() else { return };
                    #lets
                    <__M as #of>::#method(&#handle, #(#args),*);
                }

                #[inline(never)]
                fn __drop(&mut self) {
                    self.__end(#(#defaults),*);
                }
            }

            #drop_header {
                #[inline]
                fn drop(&mut self) {
                    if #private::GuardState::is_open(&self.__state) {
                        self.__drop();
                    }
                }
            }
        }
    }

    fn debug(&self) -> TokenStream {
        let private = &self.context.private;
        let type_name = self.name.to_string();
        let header = self.header(Some(&quote!(::core::fmt::Debug)));
        quote! {
            #header {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    #private::GuardState::fmt(&self.__state, #type_name, f)
                }
            }
        }
    }

    /// Generates the header of an implementation for the guard, of this trait or of none.
    fn header(&self, of: Option<&TokenStream>) -> TokenStream {
        let (cfgs, surface, name, texts) = (&self.event.cfgs, self.context.name, &self.name, self.texts());
        let text = quote!(::core::convert::AsRef<::core::primitive::str>);
        let of = of.map(|of| quote!(#of for));
        quote!(#(#cfgs)* impl<__M: #surface, #(#texts: #text),*> #of #name<__M, #(#texts),*>)
    }

    /// Returns the names of `end` and `discard`. Where rustc speaks of them, it shows the method's
    /// declaration.
    fn names_of_ends(&self) -> [Ident; 2] {
        let at = self.event.method.sig.ident.span();
        ["end", "discard"].map(|name| Ident::new(name, at))
    }

    /// Generates an implementation with the types that may lack a lifetime in its header, where rustc
    /// proposes the right one. Elsewhere it proposes others, or says that a borrow is too short.
    fn mentions(&self) -> Option<TokenStream> {
        let Context { name: of, private, .. } = self.context;
        let (cfgs, at) = (&self.event.cfgs, self.at);
        let types = self.event.params.iter().map(|param| param.ty).filter(|ty| ty::may_lack_lifetime(ty));
        let types: Vec<_> = types.collect();
        (!types.is_empty()).then(|| {
            quote! {
                #(#cfgs)*
                impl #private::Mentions<#at, (#(#types,)*)> for dyn #of {}
            }
        })
    }

    /// Generates the parameters of `end`, and the lifetime that their types have.
    fn end_params(&self) -> (Option<TokenStream>, Vec<TokenStream>) {
        let mut has_lifetime = false;
        let params = self
            .ended()
            .map(|param| {
                let ident = &param.ident;
                if !is_into(param) {
                    let ty = elided(param.ty);
                    return quote!(#ident: #ty);
                }
                let named = with_lifetime(param.ty, "'__e");
                has_lifetime |= named.to_string().contains("'__e");
                quote!(#ident: impl ::core::convert::Into<#named>)
            })
            .collect();
        (has_lifetime.then(|| quote!(<'__e>)), params)
    }

    /// Generates the value of a parameter that a dropped guard has.
    fn default(&self, param: &Param<'_>) -> TokenStream {
        let (private, field) = (&self.context.private, field(param));
        if !has_default(param) {
            return quote!(#private::None);
        }
        let place = quote!(self.#field);
        match Keep::of(param) {
            Keep::Label | Keep::Own => again(param, &quote!(#private::Label), &place),
            Keep::With => again(param, &quote!(#private::Passed), &place),
            Keep::Context => again(param, &quote!(#private::Context), &place),
            Keep::Text | Keep::Plain => place,
        }
    }

    /// Generates the kept parameters as variables of their own names.
    fn lets(&self) -> TokenStream {
        self.started().map(|(_, param, keep)| self.restored(param, keep)).collect()
    }

    /// Generates a kept parameter as a variable of its own name.
    pub fn restored(&self, param: &Param<'_>, keep: Keep) -> TokenStream {
        let (private, ident, field) = (&self.context.private, &param.ident, field(param));
        let place = quote!(self.#field);
        match keep {
            Keep::Text => let_text(param, &place),
            Keep::Label => {
                let ty = elided(param.ty).to_token_stream();
                let restore = projection(&ty, &quote!(#private::Restore<'_>), "restore");
                quote!(let #ident = #restore(&#place);)
            }
            Keep::Own => let_again(param, &quote!(#private::Label), &place),
            Keep::With => let_again(param, &quote!(#private::Passed), &place),
            Keep::Context => let_again(param, &quote!(#private::Context), &place),
            Keep::Plain => quote!(let #ident = #place;),
        }
    }

    /// Generates an argument of the call.
    fn argument(&self, index: usize, param: &Param<'_>) -> TokenStream {
        if self.guard.elapsed != Some(index) {
            return param.ident.to_token_stream();
        }
        let (private, elapsed) = (&self.context.private, local("elapsed"));
        if ty::option(param.ty).is_some() { quote!(#private::Some(#elapsed)) } else { quote!(#elapsed) }
    }
}
