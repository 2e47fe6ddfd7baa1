//! The edges that a guard passes to the back end: its start and its end.

use super::keep::{Keep, let_again, let_text, local};
use super::{Guarded, guarded};
use crate::metrics::expand::{Context, argument, event_const, event_index, site_const};
use crate::metrics::model::{Event, Param};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// Generates what the guards of a surface share: how they pass their edges, and the constants of their
/// events.
///
/// The hook is called here, and not by the library: as a function that the library is given, it would not be
/// inlined, and nothing of it would fold.
pub fn shared(context: &Context<'_>) -> TokenStream {
    let Context { name: of, private, .. } = context;
    let events = guarded(context).map(|one| one.guarded_event());
    quote! {
        impl dyn #of {
            #(#events)*

            #[inline(always)]
            #[track_caller]
            fn __start_guard<__T: #of + ::core::clone::Clone>(
                __on: &__T,
                __listeners: #private::Listeners,
                __event: &#private::GuardedEvent,
                __labels: &[#private::LabelValue<'_>],
            ) -> #private::GuardState<__T> {
                let __handle = ::core::clone::Clone::clone(__on);
                let mut __started = #private::Started::here();
                let mut __start = #private::GuardStart::new(&mut __started, __event, __labels);
                match __listeners {
                    #private::Listeners::Registry => <__T as #of>::guard_edge(__on, __start.edge()),
                    _ => __start.pass(|__edge| <__T as #of>::guard_edge(__on, __edge)),
                }
                let __time = __start.finish();
                #private::GuardState::new(__handle, __started, __time)
            }

            #[inline(always)]
            fn __end_guard<__T: #of>(
                __state: &mut #private::GuardState<__T>,
                __event: &#private::GuardedEvent,
                __labels: &[#private::LabelValue<'_>],
            ) -> #private::Option<(__T, #private::Duration)> {
                let (__handle, mut __end) = #private::GuardState::end(__state, __event, __labels)?;
                <__T as #of>::guard_edge(&__handle, __end.edge());
                #private::Some((__handle, __end.finish()))
            }
        }
    }
}

/// Generates the name of the constant of the event that a guard records, on `dyn Trait`.
fn guarded_const(event: &Event<'_>) -> Ident {
    format_ident!("__GUARDED_{}", event.name())
}

impl Guarded<'_> {
    /// Generates the start's edge on `self`, which returns the guard's state.
    pub fn start_edge(&self) -> TokenStream {
        let Context { name: of, private, .. } = self.context;
        let (event, labels, listeners) = (guarded_const(self.event), self.labels(), local("listeners"));
        let lets = self.in_flight(|param, keep| self.given(param, keep));
        quote! {
            match <Self as #of>::__listeners(self) {
                #private::Listeners::None => #private::GuardState::unheard(),
                #listeners => {
                    #lets
                    <dyn #of>::__start_guard(self, #listeners, <dyn #of>::#event, &[#labels])
                }
            }
        }
    }

    /// Generates the end's edge, which returns the handle and the elapsed time; `None` if the guard has ended
    /// before.
    pub fn end_edge(&self) -> TokenStream {
        let of = self.context.name;
        let (event, labels) = (guarded_const(self.event), self.labels());
        let lets = self.in_flight(|param, keep| Some(self.restored(param, keep)));
        quote! {
            #lets
            <dyn #of>::__end_guard(&mut self.__state, <dyn #of>::#event, &[#labels])
        }
    }

    /// Generates the constant of the event that a guard records.
    fn guarded_event(&self) -> TokenStream {
        let Context { name: of, private, .. } = self.context;
        let (cfgs, name) = (&self.event.cfgs, guarded_const(self.event));
        let (event, site) = (event_const(self.event), site_const(self.event));
        let index = event_index(self.context, self.event, self.at);
        quote! {
            #(#cfgs)*
            const #name: &'static #private::GuardedEvent =
                &#private::GuardedEvent::new(<dyn #of>::#event, <dyn #of>::#site, #index);
        }
    }

    /// Generates something for each parameter that labels what is in flight.
    fn in_flight(&self, generate: impl Fn(&Param<'_>, Keep) -> Option<TokenStream>) -> TokenStream {
        let used = self.in_flight_labels();
        self.started()
            .filter(|(index, ..)| used.contains(index))
            .filter_map(|(_, param, keep)| generate(param, keep))
            .collect()
    }

    /// Generates the labels of an edge, from variables of the parameters' own names: none if nothing in
    /// flight has one.
    fn labels(&self) -> TokenStream {
        let used = self.in_flight_labels();
        let labels = self.event.labels().filter(|_| !used.is_empty()).map(|(index, param, _)| {
            if used.contains(&index) {
                argument::whole(self.context, param)
            } else {
                let private = &self.context.private;
                quote!(#private::LabelValue::None)
            }
        });
        quote!(#(#labels),*)
    }

    /// Generates what the start's edge takes in place of a parameter: of what the guard keeps, it borrows.
    fn given(&self, param: &Param<'_>, keep: Keep) -> Option<TokenStream> {
        let (private, ident) = (&self.context.private, &param.ident);
        match keep {
            Keep::Text => Some(let_text(param, &quote!(#ident))),
            Keep::With => Some(let_again(param, &quote!(#private::Passed), &quote!(#ident))),
            Keep::Label | Keep::Own | Keep::Context | Keep::Plain => None,
        }
    }
}
