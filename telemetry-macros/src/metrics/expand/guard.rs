//! Guards: per method a type that records the event once, when it ends or is dropped, and what starts it.

mod edge;
mod end;
mod keep;
mod start;

use super::{Context, event_index, lints};
use crate::metrics::model::{Event, Guard, InstrumentLabel, Param};
use keep::{Keep, text_generic};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// Generates the hook for the edges of guards, if the surface has any. It is inlined always: little is left
/// of it where the event is a constant.
pub fn edge_hook(context: &Context<'_>, body: &TokenStream) -> Option<TokenStream> {
    let hook = plain_edge_hook(context, body)?;
    Some(quote!(#[inline(always)] #hook))
}

fn plain_edge_hook(context: &Context<'_>, body: &TokenStream) -> Option<TokenStream> {
    let absolute = &context.absolute;
    context.has_guards().then(|| quote!(fn guard_edge(&self, edge: &mut #absolute::GuardEdge<'_>) { #body }))
}

/// Generates the hook by which a back end says who listens, if the surface has guards. It is no part of
/// [`edge_hook`], which a decorator forwards: what it wraps does not know whether the decorator listens.
pub fn listeners_hook(context: &Context<'_>, listeners: &TokenStream) -> Option<TokenStream> {
    let absolute = &context.absolute;
    context.has_guards().then(|| {
        quote! {
            #[inline]
            fn __listeners(&self) -> #absolute::Listeners { #listeners }
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
    let edge = edge_hook(context, &count)?;
    let listeners = listeners_hook(context, &quote!(#private::Listeners::Registry));
    Some(quote!(#edge #listeners))
}

/// Generates the hooks in the trait: with a default, so that an implementation from before the first guard
/// still compiles, and has a clock.
pub fn provided_edge_hook(context: &Context<'_>) -> Option<TokenStream> {
    let absolute = &context.absolute;
    let hook = plain_edge_hook(context, &quote!(#absolute::GuardEdge::read_clock(edge);))?;
    let listeners = listeners_hook(context, &quote!(#absolute::Listeners::Any));
    Some(quote! {
        /// Takes the start and the end of each guard: gives it the time, and counts operations in flight.
        ///
        /// By default, reads the clock. A decorator passes the edge on, so that its guards have the clock and
        /// the in-flight counts of what it wraps:
        ///
        /// ```text
        /// fn guard_edge(&self, edge: &mut telemetry::GuardEdge<'_>) { self.0.guard_edge(edge) }
        /// ```
        #[inline]
        #hook

        #[doc(hidden)]
        #listeners
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
    let shared = context.valid.then(|| edge::shared(context));
    Some(quote! {
        #shared

        // `?Sized`, so that of what a handle points to rustc does not say that its size is unknown as well.
        impl<__T: #name + #private::CloneHandle + ?::core::marker::Sized> #guards for __T {}

        #(#implementations)*
    })
}

fn guards_name(name: &Ident) -> Ident {
    format_ident!("{}Guards", name)
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

    /// Returns the indexes of the parameters that label what is in flight.
    fn in_flight_labels(&self) -> Vec<usize> {
        let instruments = self.event.instruments.iter();
        let in_flight = instruments.filter(|one| one.is_in_flight());
        let labels = in_flight.flat_map(|one| &one.labels);
        labels
            .filter_map(|label| match label {
                InstrumentLabel::Param(index) => Some(*index),
                InstrumentLabel::Registration(_) | InstrumentLabel::Constant { .. } => None,
            })
            .collect()
    }
}
