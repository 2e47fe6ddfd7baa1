//! Guards: per method a type that records the event once, when it ends or is dropped, and what starts it.

use super::view::{ends, projection, projection_at};
use super::{Context, argument, event_const, event_index, lints, site_const};
use crate::lifetime::{elided, static_type, with_lifetime};
use crate::metrics::model::{Event, Guard, InstrumentLabel, Label, Param, Role};
use crate::set::Set;
use crate::ty::{self, Sort};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};

/// Generates the hook for the edges of guards, if the surface has any.
pub fn edge_hook(context: &Context<'_>, body: &TokenStream) -> Option<TokenStream> {
    let absolute = &context.absolute;
    context.has_guards().then(|| {
        quote! {
            #[inline]
            fn guard_edge(&self, edge: &mut #absolute::GuardEdge<'_>) { #body }
        }
    })
}

/// Generates the edges of a surface in the registry: an arm for each event that counts operations in flight,
/// so that its plan is a constant.
pub fn instruments_hook(context: &Context<'_>) -> Option<TokenStream> {
    let private = &context.private;
    let arms = guarded(context).filter(|one| context.valid && one.event.has_in_flight()).map(|one| {
        let (cfgs, index) = (&one.event.cfgs, event_index(context, one.event, one.at));
        let labels = if one.in_flight_labels().is_empty() { 0 } else { one.event.labels().count() };
        let instruments = one.event.instruments.iter().enumerate();
        let in_flight = instruments.filter(|(_, one)| one.is_in_flight()).map(|(at, _)| at);
        quote! {
            #(#cfgs)*
            __index if __index == #index => { #(#private::Instruments::in_flight::<#index, #in_flight, #labels>(self, edge);)* }
        }
    });
    let arms: Vec<_> = arms.collect();
    let count = quote!(#private::GuardEdge::read_clock(edge););
    let count = if arms.is_empty() {
        count
    } else {
        quote!(#count match #private::Instruments::event_of(self, edge) { #(#arms)* _ => {} })
    };
    edge_hook(context, &count)
}

/// Generates the hook in the trait: with a default, so that an implementation from before the first guard
/// still compiles, and has a clock.
pub fn provided_edge_hook(context: &Context<'_>) -> Option<TokenStream> {
    let absolute = &context.absolute;
    let hook = edge_hook(context, &quote!(#absolute::GuardEdge::read_clock(edge);))?;
    Some(quote! {
        /// Takes the start and the end of each guard: gives it the time, and counts operations in flight.
        ///
        /// By default, reads the clock. A decorator passes the edge on, so that its guards have the clock and
        /// the in-flight counts of what it wraps:
        ///
        /// ```text
        /// fn guard_edge(&self, edge: &mut telemetry::GuardEdge<'_>) { self.0.guard_edge(edge) }
        /// ```
        #hook
    })
}

/// A method with a guard, and the names of what is generated for it.
struct Guarded<'a> {
    context: &'a Context<'a>,
    event: &'a Event<'a>,
    guard: &'a Guard,
    /// The type of the guard.
    name: Ident,
    /// The position of the event.
    at: usize,
}

fn guarded<'a>(context: &'a Context<'a>) -> impl Iterator<Item = Guarded<'a>> {
    context.events.iter().enumerate().filter_map(move |(at, event)| {
        // One whose name is taken has an error, and none of rustc's follows.
        let guard = event.guard.as_ref().filter(|_| context.surface.guard_clash(event).is_none())?;
        let name = format_ident!("{}", guard.type_name(context.name), span = context.name.span());
        Some(Guarded { context, event, guard, name, at })
    })
}

/// Generates the types: the guards, and the trait that starts them.
pub fn types(context: &Context<'_>) -> Option<TokenStream> {
    if !context.has_guards() {
        return None;
    }
    let Context { surface, name, .. } = context;
    let (vis, guards) = (&surface.item.vis, guards_name(name));
    let doc = format!(
        " Starts the guards of [`{name}`], on every handle that can be cloned: `Arc<dyn {name}>`, `&dyn {name}`, a \
         back end. Import it where a guard is started."
    );
    let (types, starts): (Vec<_>, Vec<_>) =
        guarded(context).map(|one| (one.structure(), one.start())).unzip();
    let lints = lints();
    Some(quote! {
        #(#types)*

        #[doc = #doc]
        #lints
        #vis trait #guards: #name + ::core::clone::Clone {
            #(#starts)*
        }
    })
}

pub fn implementations(context: &Context<'_>) -> Option<TokenStream> {
    if !context.has_guards() {
        return None;
    }
    let Context { name, private, .. } = context;
    let guards = guards_name(name);
    let implementations = guarded(context).map(|one| one.implementation());
    Some(quote! {
        // `?Sized`, so that of what a handle points to rustc does not say that its size is unknown as well.
        impl<__T: #name + #private::CloneHandle + ?::core::marker::Sized> #guards for __T {}

        #(#implementations)*
    })
}

fn guards_name(name: &Ident) -> Ident {
    format_ident!("{}Guards", name)
}

/// The form in which a guard keeps a parameter that is given at the start.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// Text, as it is given: any type that borrows as a `str`.
    Text,
    /// A label that borrows, which its type can restore.
    Label,
    /// A label that does not borrow, as far as its type's name tells: as it is.
    Own,
    /// A type of the user's that becomes a label.
    With,
    /// A number or a `bool` for the log line.
    Context,
    /// A value that is `Copy`, unchanged.
    Plain,
}

impl Keep {
    fn of(param: &Param<'_>) -> Self {
        let inner = ty::option(param.ty).unwrap_or(param.ty);
        match &param.role {
            Role::Label(Label { set: Set::With(_), .. }) => Keep::With,
            _ if ty::sort(inner) == Sort::Text && !is_static(param) => Keep::Text,
            Role::Label(_) if param.has_own_type() && ty::may_lack_lifetime(param.ty) => Keep::Own,
            Role::Label(_) if param.has_own_type() && is_static(param) => Keep::Own,
            Role::Label(_) if param.has_own_type() => Keep::Label,
            Role::Context => Keep::Context,
            _ => Keep::Plain,
        }
    }
}

/// Returns true if a parameter's type states `'static`: a guard keeps it as it is.
fn is_static(param: &Param<'_>) -> bool {
    ty::show(param.ty).contains("'static")
}

impl Guarded<'_> {
    /// Returns the parameters that are given at the start, each with the generic of its text.
    fn started(&self) -> impl Iterator<Item = (usize, &Param<'_>, Keep)> {
        let params = self.event.params.iter().enumerate();
        params
            .filter(|(index, param)| param.end.is_none() && self.guard.elapsed != Some(*index))
            .map(|(index, param)| (index, param, Keep::of(param)))
    }

    /// Returns the parameters that are given at the end.
    fn ended(&self) -> impl Iterator<Item = &Param<'_>> {
        self.event.params.iter().filter(|param| param.end.is_some())
    }

    /// Returns the generics of the texts, in order.
    fn texts(&self) -> Vec<Ident> {
        self.started()
            .filter(|(.., keep)| *keep == Keep::Text)
            .map(|(_, param, _)| text_generic(param))
            .collect()
    }

    fn structure(&self) -> TokenStream {
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
                __state: #absolute::GuardState,
                // Last: of the user's last field rustc would ask on `#[metrics]` whether it may be unsized.
                __handle: __M,
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
    fn start(&self) -> TokenStream {
        let Context { absolute, valid, .. } = self.context;
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
        let started = self.started().map(|(_, param, keep)| {
            let (field, ident) = (field(param), &param.ident);
            match keep {
                Keep::Label => quote!(#field: #absolute::Restore::keep(&#ident)),
                Keep::Text | Keep::Own | Keep::With | Keep::Context | Keep::Plain => {
                    quote!(#field: #ident)
                }
            }
        });
        let ended = self.ended().filter_map(|param| {
            let (field, default) = (field(param), param.end.as_ref()?.default.as_ref()?);
            Some(quote!(#field: #default))
        });
        let guard = local("guard");
        let body = if *valid {
            quote! {
                let mut #guard = #name {
                    __handle: ::core::clone::Clone::clone(self),
                    __state: #absolute::GuardState::new(),
                    #(#started,)*
                    #(#ended,)*
                };
                #guard.__start();
                #guard
            }
        } else {
            quote!(loop {})
        };
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

    fn implementation(&self) -> TokenStream {
        let Context { surface, name: of, private, .. } = self.context;
        let (cfgs, vis, name, texts) = (&self.event.cfgs, &surface.item.vis, &self.name, self.texts());
        let text = quote!(::core::convert::AsRef<::core::primitive::str>);
        let type_name = name.to_string();
        let mentions = self.mentions();
        let debug = quote! {
            #mentions
            #(#cfgs)*
            impl<__M: #of, #(#texts: #text),*> ::core::fmt::Debug for #name<__M, #(#texts),*> {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    #private::GuardState::fmt(&self.__state, #type_name, f)
                }
            }
        };
        // Where rustc speaks of them, it shows the method's declaration.
        let at = self.event.method.sig.ident.span();
        let [end, discard] = ["end", "discard"].map(|name| Ident::new(name, at));
        let (lifetime, params) = self.end_params();
        let idents: Vec<_> = self.ended().map(|param| &param.ident).collect();
        if !self.context.valid {
            return quote! {
                #(#cfgs)*
                impl<__M: #of, #(#texts: #text),*> #name<__M, #(#texts),*> {
                    #vis fn #end #lifetime (self, #(#params),*) {}
                    #vis fn #discard(self) {}
                }
                #debug
            };
        }
        let into: TokenStream = self
            .ended()
            .filter(|param| is_into(param))
            .map(|param| {
                let ident = &param.ident;
                quote!(let #ident = ::core::convert::Into::into(#ident);)
            })
            .collect();
        let types = self.ended().map(|param| elided(param.ty));
        let defaults = self.ended().map(|param| self.default(param));
        let [lets_of_edge, edge] = self.edge();
        let elapsed = local("elapsed");
        let lets = self.lets();
        let method = &self.event.method.sig.ident;
        let args = self.event.params.iter().enumerate().map(|(index, param)| self.argument(index, param));
        quote! {
            #(#cfgs)*
            impl<__M: #of, #(#texts: #text),*> #name<__M, #(#texts),*> {
                /// Ends the operation and records it.
                #[inline]
                #vis fn #end #lifetime (mut self, #(#params),*) {
                    #into
                    self.__end(#(#idents),*);
                }

                /// Ends the operation without recording it. It is no longer in flight.
                #[inline]
                #vis fn #discard(mut self) {
                    let _ = self.__end_edge();
                }

                #[inline(always)]
                fn __start(&mut self) {
                    #lets_of_edge
                    #private::GuardState::start(&mut self.__state, #edge);
                }

                #[inline(always)]
                fn __end_edge(&mut self) -> #private::Option<#private::Duration> {
                    if !#private::GuardState::is_open(&self.__state) {
                        return #private::None;
                    }
                    #lets_of_edge
                    #private::GuardState::end(&mut self.__state, #edge)
                }

                #[inline]
                fn __end(&mut self, #(#idents: #types),*) {
                    let #private::Some(#elapsed) = self.__end_edge() else { return };
                    #lets
                    <__M as #of>::#method(&self.__handle, #(#args),*);
                }
            }

            #(#cfgs)*
            impl<__M: #of, #(#texts: #text),*> ::core::ops::Drop for #name<__M, #(#texts),*> {
                #[inline]
                fn drop(&mut self) {
                    self.__end(#(#defaults),*);
                }
            }

            #debug
        }
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
        match Keep::of(param) {
            Keep::Label | Keep::Own => again(param, &quote!(#private::Label)),
            Keep::With => again(param, &quote!(#private::Passed)),
            Keep::Context => again(param, &quote!(#private::Context)),
            Keep::Text | Keep::Plain => quote!(self.#field),
        }
    }

    /// Generates the kept parameters as variables of their own names.
    fn lets(&self) -> TokenStream {
        self.started().map(|(_, param, keep)| self.restored(param, keep)).collect()
    }

    fn restored(&self, param: &Param<'_>, keep: Keep) -> TokenStream {
        let (private, ident, field) = (&self.context.private, &param.ident, field(param));
        let ty = elided(param.ty);
        match keep {
            Keep::Text if ty::option(param.ty).is_some() => quote! {
                let #ident = #private::Option::map(
                    #private::Option::as_ref(&self.#field),
                    ::core::convert::AsRef::<::core::primitive::str>::as_ref,
                );
            },
            Keep::Text => {
                quote!(let #ident = ::core::convert::AsRef::<::core::primitive::str>::as_ref(&self.#field);)
            }
            Keep::Label => {
                let restore = projection(&ty.to_token_stream(), &quote!(#private::Restore<'_>), "restore");
                quote!(let #ident = #restore(&self.#field);)
            }
            Keep::Own => let_again(param, &quote!(#private::Label)),
            Keep::With => let_again(param, &quote!(#private::Passed)),
            Keep::Context => let_again(param, &quote!(#private::Context)),
            Keep::Plain => quote!(let #ident = self.#field;),
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

    /// Generates the parts of an edge: variables for the labels of what is in flight, and the arguments of
    /// the call that passes it to the back end.
    fn edge(&self) -> [TokenStream; 2] {
        let Context { name: of, private, .. } = self.context;
        let (event, site) = (event_const(self.event), site_const(self.event));
        let index = event_index(self.context, self.event, self.at);
        let used: Vec<usize> = self.in_flight_labels();
        let lets: TokenStream = self
            .started()
            .filter(|(index, ..)| used.contains(index))
            .map(|(_, param, keep)| self.restored(param, keep))
            .collect();
        let labels: Vec<_> = self
            .event
            .labels()
            .filter(|_| !used.is_empty())
            .map(|(index, param, _)| {
                if !used.contains(&index) {
                    return quote!(#private::LabelValue::None);
                }
                argument::whole(self.context, param)
            })
            .collect();
        let (handle, edge) = (local("handle"), local("edge"));
        let lets = quote! {
            #lets
            let #handle = &self.__handle;
        };
        let edge = quote! {
            const { &#private::GuardedEvent::new(<dyn #of>::#event, <dyn #of>::#site, #index) },
            &[#(#labels),*],
            |#edge| <__M as #of>::guard_edge(#handle, #edge)
        };
        [lets, edge]
    }

    /// Returns the indexes of the parameters that label what is in flight.
    fn in_flight_labels(&self) -> Vec<usize> {
        let instruments = self.event.instruments.iter();
        let in_flight = instruments.filter(|one| one.is_in_flight());
        let labels = in_flight.flat_map(|one| &one.labels);
        labels
            .filter_map(|label| match label {
                InstrumentLabel::Param(index) => Some(*index),
                InstrumentLabel::Constant { .. } => None,
            })
            .collect()
    }
}

/// Returns true if `end` converts a parameter: a label with a type of its own.
fn is_into(param: &Param<'_>) -> bool {
    ty::option(param.ty).is_none() && matches!(Keep::of(param), Keep::Label | Keep::Own)
}

/// Returns true if a guard keeps a value for the parameter in case it is dropped.
fn has_default(param: &Param<'_>) -> bool {
    param.end.as_ref().is_some_and(|end| end.default.is_some())
}

/// Generates a copy of a kept parameter.
fn again(param: &Param<'_>, of: &TokenStream) -> TokenStream {
    let field = field(param);
    let again = projection(&elided(param.ty), of, "again");
    quote!(#again(&self.#field))
}

/// Generates a kept parameter as a variable of its own name.
fn let_again(param: &Param<'_>, of: &TokenStream) -> TokenStream {
    let (ident, again) = (&param.ident, again(param, of));
    quote!(let #ident = #again;)
}

/// Returns the field that keeps a parameter. The guard's own fields are `__handle` and `__state`.
fn field(param: &Param<'_>) -> Ident {
    format_ident!("__of_{}", param.name())
}

/// Returns a variable that no parameter can be, whatever its name.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// Returns the generic that is the type of a text. rustc names it where it cannot infer the type of a `None`.
fn text_generic(param: &Param<'_>) -> Ident {
    format_ident!("__text_{}", param.name())
}

/// Generates the type in an `Option` if the parameter's is in one.
fn optional(param: &Param<'_>, ty: TokenStream) -> TokenStream {
    if ty::option(param.ty).is_some() { quote!(::core::option::Option<#ty>) } else { ty }
}
