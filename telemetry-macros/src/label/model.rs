//! The model of a derive.

use crate::set::Set;
use proc_macro2::TokenStream;
use syn::{DeriveInput, Ident, LitStr, Type};

/// The type that becomes a label.
pub struct Label<'a> {
    pub input: &'a DeriveInput,
    /// The path of the library.
    pub krate: TokenStream,
    pub name: Option<LitStr>,
    /// The first paragraph of the doc comment.
    pub help: String,
    pub values: Values<'a>,
}

/// The source of a label's values.
pub enum Values<'a> {
    /// An enum's variants.
    Variants(Vec<Variant<'a>>),
    /// A newtype's content.
    Newtype(Newtype<'a>),
    /// There is an error about it.
    Unknown,
    /// There is an error about it, and the type is not `Copy`: it can be no label.
    Owned,
}

/// One value of a closed set.
pub struct Variant<'a> {
    pub ident: &'a Ident,
    pub text: String,
    /// The first paragraph of the doc comment.
    pub help: String,
    /// True if unknown text becomes this one.
    pub other: bool,
}

/// Text or an integer, with a cap or a range.
pub struct Newtype<'a> {
    pub inner: &'a Type,
    pub set: Set,
}
