//! What a guard keeps of its parameters, and under which names.

use crate::lifetime::elided;
use crate::metrics::expand::view::projection;
use crate::metrics::model::{Label, Param, Role};
use crate::set::Set;
use crate::ty::{self, Sort};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

/// The form in which a guard keeps a parameter that is given at the start.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keep {
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
    pub fn of(param: &Param<'_>) -> Self {
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

/// Returns true if `end` converts a parameter: a label with a type of its own.
pub fn is_into(param: &Param<'_>) -> bool {
    ty::option(param.ty).is_none() && matches!(Keep::of(param), Keep::Label | Keep::Own)
}

/// Returns true if a guard keeps a value for the parameter in case it is dropped.
pub fn has_default(param: &Param<'_>) -> bool {
    param.end.as_ref().is_some_and(|end| end.default.is_some())
}

/// Generates a copy of a parameter that is kept in this place.
pub fn again(param: &Param<'_>, of: &TokenStream, place: &TokenStream) -> TokenStream {
    let again = projection(&elided(param.ty), of, "again");
    quote!(#again(&#place))
}

/// Generates a copy of a parameter as a variable of its own name.
pub fn let_again(param: &Param<'_>, of: &TokenStream, place: &TokenStream) -> TokenStream {
    let (ident, again) = (&param.ident, again(param, of, place));
    quote!(let #ident = #again;)
}

/// Generates a text that is kept in this place, as a variable of its own name.
pub fn let_text(param: &Param<'_>, place: &TokenStream) -> TokenStream {
    let (ident, option) = (&param.ident, quote!(::core::option::Option));
    let as_ref = quote!(::core::convert::AsRef::<::core::primitive::str>::as_ref);
    if ty::option(param.ty).is_some() {
        quote!(let #ident = #option::map(#option::as_ref(&#place), #as_ref);)
    } else {
        quote!(let #ident = #as_ref(&#place);)
    }
}

/// Returns the field that keeps a parameter. The guard's own field is `__state`.
pub fn field(param: &Param<'_>) -> Ident {
    format_ident!("__of_{}", param.name())
}

/// Returns a variable that no parameter can be, whatever its name.
pub fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// Returns the generic that is the type of a text. rustc names it where it cannot infer the type of a `None`.
pub fn text_generic(param: &Param<'_>) -> Ident {
    format_ident!("__text_{}", param.name())
}

/// Generates the type in an `Option` if the parameter's is in one.
pub fn optional(param: &Param<'_>, ty: TokenStream) -> TokenStream {
    if ty::option(param.ty).is_some() { quote!(::core::option::Option<#ty>) } else { ty }
}
