//! Model to tokens. Nothing can go wrong here: whatever the model holds is expanded, so that a declaration
//! with errors is still a trait that the rest of the user's code compiles against.
//!
//! ```text
//! argument     the parameters of a method as the library takes them
//! trait_       the trait, its default bodies and its hook
//! schema       constants on `dyn Trait`: events, callsites, domains
//! alert, slo   the alerts and objectives in that schema
//! checks       the checks that need types
//! call         calls of methods by the schema
//! forward      NoOp, Log, SinkAdapter, dyn Sink; references, boxes, options, pairs, slices
//! guard        the guards: what starts them, what ends them, and the edges that back ends see
//! instruments  the registry's implementation
//! registration the labels that are given at registration: their struct, and their schema
//! mock         RecordingTrait and TraitCall
//! view         per method its parameters, and filters on its calls
//! ```
//!
//! Generated items stand in `const _` where the user need not name it. Generics and constants have names
//! in `__`: type parameters are not hygienic, so that a plain `T` would capture the user's `T`.

mod alert;
mod argument;
mod call;
mod checks;
mod forward;
mod guard;
mod instruments;
mod mock;
mod registration;
mod schema;
mod slo;
mod trait_;
mod view;

use super::model::{Event, Param, Surface};
use crate::set::Listed;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{FnArg, Signature};

/// Generates the whole expansion. `valid` says that the declaration has no error: only then its types are
/// checked.
pub fn surface(surface: &Surface<'_>, valid: bool) -> TokenStream {
    let context = Context::new(surface, valid);
    if !surface.item.generics.params.is_empty() {
        return trait_::generic(&context);
    }
    let declaration = trait_::declaration(&context);
    let generic = trait_::generic_methods(&context);
    let schema = schema::schema(&context);
    let checks = valid.then(|| checks::checks(&context));
    let forward = forward::impls(&context);
    let instruments = instruments::instruments(&context);
    let debug = trait_::debug(&context);
    let labels = registration::structure(&context);
    let registration = registration::implementations(&context);
    let guard_types = guard::types(&context);
    let guards = guard::implementations(&context);
    let implementations = anonymous(
        &context,
        &quote!(#schema #checks #forward #registration #instruments #generic #debug #guards),
    );
    let mock = mock::mock(&context);
    quote! {
        #declaration
        #labels
        #guard_types
        #implementations
        #mock
    }
}

/// Items that the user need not name, where the library's hidden module has a short name.
fn anonymous(context: &Context<'_>, items: &TokenStream) -> TokenStream {
    let (absolute, private, lints) = (&context.absolute, &context.private, lints());
    quote! {
        #lints
        const _: () = {
            use #absolute as #private;
            #items
        };
    }
}

/// The names that every part of an expansion uses.
struct Context<'a> {
    surface: &'a Surface<'a>,
    /// True if the declaration has no error.
    valid: bool,
    /// The events that back ends can implement.
    events: Vec<&'a Event<'a>>,
    /// The trait.
    name: &'a Ident,
    /// The library's hidden module, from anywhere.
    absolute: TokenStream,
    /// The path for use among [`anonymous`] items.
    private: TokenStream,
}

impl<'a> Context<'a> {
    fn new(surface: &'a Surface<'a>, valid: bool) -> Self {
        let krate = &surface.krate;
        Context {
            surface,
            valid,
            events: surface.events.iter().filter(|event| event.sound).collect(),
            name: &surface.item.ident,
            absolute: quote!(#krate::__private),
            private: quote!(__p),
        }
    }
}

impl Context<'_> {
    /// Generates the type that is the label of a list of texts.
    fn listed(&self, private: &TokenStream, listed: &Listed) -> TokenStream {
        let (name, id) = (self.name, listed.id());
        quote!(#private::Listed<dyn #name, #id>)
    }

    /// Returns true if a method of the surface has a guard.
    fn has_guards(&self) -> bool {
        self.events.iter().any(|event| event.guard.is_some())
    }
}

/// Generates the lints that are the user's business in their own code, and not in ours.
fn lints() -> TokenStream {
    quote! {
        #[allow(
            clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction, deprecated, missing_docs,
            non_camel_case_types, non_snake_case, non_upper_case_globals, unreachable_pub, unused_qualifications,
            unused_variables, dead_code
        )]
    }
}

/// Generates the constant of an event's schema, on `dyn Trait`.
fn event_const(event: &Event<'_>) -> Ident {
    format_ident!("__EVENT_{}", event.name())
}

/// Generates the constant of an event's callsite, on `dyn Trait`.
fn site_const(event: &Event<'_>) -> Ident {
    format_ident!("__SITE_{}", event.name())
}

/// Generates the index of an event, the one at this position. A literal costs the compiler nothing; what is
/// left of a surface by its `cfg`s only the schema knows.
fn event_index(context: &Context<'_>, event: &Event<'_>, at: usize) -> TokenStream {
    let Context { name: name_of, private, events, .. } = context;
    let name = event.name();
    if events.iter().any(|event| !event.cfgs.is_empty()) {
        quote!({ #private::event_index(<dyn #name_of as #private::Surface>::SCHEMA, #name) })
    } else {
        quote!(#at)
    }
}

/// Generates the constant of the domain of a label whose parameter states a cap, on `dyn Trait`. It belongs
/// to the methods that feed an instrument in common.
fn domain_const(surface: &Surface<'_>, event: &Event<'_>, param: &Param<'_>) -> Ident {
    format_ident!("__DOMAIN_{}_{}", surface.group_of(event), word_of(param))
}

/// Returns the label's key as a part of a name.
fn word_of(param: &Param<'_>) -> String {
    // A dot has a word that `_` has not.
    let key = param.key().replace('.', "_2e_");
    key.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect()
}

/// Generates a signature as every implementation has it: without attributes on its parameters.
fn signature(sig: &Signature) -> Signature {
    let mut sig = sig.clone();
    for arg in &mut sig.inputs {
        match arg {
            FnArg::Receiver(receiver) => receiver.attrs.clear(),
            FnArg::Typed(arg) => arg.attrs.clear(),
        }
    }
    sig
}
