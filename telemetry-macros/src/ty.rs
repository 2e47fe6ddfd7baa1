//! The sort of a type, as far as its tokens and its last path segment show.

use crate::rules::{self, Message};
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericArgument, PathArguments, Type, TypeParamBound, TypeReference};

const UNSIGNED: &[&str] = &["u8", "u16", "u32", "u64", "usize"];
const SIGNED: &[&str] = &["i8", "i16", "i32", "i64", "isize"];
const FLOATS: &[&str] = &["f32", "f64"];
const WIDE: &[&str] = &["u128", "i128"];
const MOMENTS: &[&str] = &["Instant"];
const OWNED: &[&str] = &["String", "Cow", "Box", "Arc", "Rc", "Vec"];
const BYTES: &[&str] = &["PathBuf", "OsString", "CString"];
/// Types of bytes that only a reference can name: by value, a type of this name is somebody's own.
const BORROWED_BYTES: &[&str] = &["Path", "OsStr", "CStr"];

/// The sorts of type that the macros can tell apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Unsigned,
    Signed,
    Float,
    Duration,
    /// A point in time of the calendar.
    Time,
    /// A point in time that is only good to measure from.
    Moment,
    /// More than 64 bits.
    Wide,
    Bool,
    Text,
    /// A type that owns what it has, so that it is not `Copy`.
    Owned,
    /// Bytes or a path.
    Bytes,
    Char,
    /// A reference to what is no text.
    Reference,
    /// A tuple, an array, a pointer, a trait object: nothing that has a name.
    Nameless,
    /// An `Option`; asked of what stands in one.
    Option,
    Other,
}

impl Sort {
    pub fn is_number(self) -> bool {
        matches!(self, Sort::Unsigned | Sort::Signed | Sort::Float | Sort::Duration | Sort::Time)
    }

    /// Returns true for a state, of which no sum and no distribution makes sense.
    pub fn is_state(self) -> bool {
        matches!(self, Sort::Bool | Sort::Time)
    }

    /// Returns true if it is recorded in seconds, whatever is said.
    pub fn is_seconds(self) -> bool {
        matches!(self, Sort::Duration | Sort::Time)
    }

    pub fn is_integer(self) -> bool {
        matches!(self, Sort::Unsigned | Sort::Signed)
    }
}

/// Removes the invisible groups that `macro_rules` puts around captured tokens, and parentheses.
fn peel(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => peel(&group.elem),
        Type::Paren(paren) => peel(&paren.elem),
        ty => ty,
    }
}

/// Returns the type inside an `Option`.
pub fn option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = peel(ty) else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) if arguments.args.len() == 1 => Some(inner),
        _ => None,
    }
}

/// Returns the sort of a type.
pub fn sort(ty: &Type) -> Sort {
    match peel(ty) {
        Type::Path(_) => last_name(ty).map_or(Sort::Other, |name| named(&name)),
        Type::Reference(reference) => referenced(reference),
        Type::Slice(slice) if sort(&slice.elem) == Sort::Unsigned => Sort::Bytes,
        Type::Array(_)
        | Type::Slice(_)
        | Type::Tuple(_)
        | Type::FnPtr(_)
        | Type::Ptr(_)
        | Type::TraitObject(_) => Sort::Nameless,
        _ => Sort::Other,
    }
}

fn referenced(reference: &TypeReference) -> Sort {
    if last_name(&reference.elem).is_some_and(|name| BORROWED_BYTES.contains(&&*name)) {
        return Sort::Bytes;
    }
    match sort(&reference.elem) {
        Sort::Text
            if reference.mutability.is_none() && !matches!(peel(&reference.elem), Type::Reference(_)) =>
        {
            Sort::Text
        }
        same @ (Sort::Bytes | Sort::Owned | Sort::Nameless) => same,
        _ => Sort::Reference,
    }
}

/// Returns the last name in the path of a type.
fn last_name(ty: &Type) -> Option<String> {
    let Type::Path(path) = peel(ty) else { return None };
    Some(path.path.segments.last()?.ident.to_string())
}

fn named(name: &str) -> Sort {
    let table = [
        (UNSIGNED, Sort::Unsigned),
        (SIGNED, Sort::Signed),
        (FLOATS, Sort::Float),
        (&["Duration"][..], Sort::Duration),
        (&["SystemTime"][..], Sort::Time),
        (MOMENTS, Sort::Moment),
        (WIDE, Sort::Wide),
        (&["bool"][..], Sort::Bool),
        (&["str"][..], Sort::Text),
        (OWNED, Sort::Owned),
        (BYTES, Sort::Bytes),
        (&["char"][..], Sort::Char),
        (&["Option"][..], Sort::Option),
    ];
    table.iter().find(|(names, _)| names.contains(&name)).map_or(Sort::Other, |(_, sort)| *sort)
}

/// Returns true if the type can be one that borrows and does not say so, as `Customer` for `Customer<'_>`: a
/// path without arguments, alone or in an `Option`.
pub fn may_lack_lifetime(ty: &Type) -> bool {
    let inner = option(ty).unwrap_or(ty);
    match peel(inner) {
        Type::Path(path) if sort(inner) == Sort::Other => {
            path.path.segments.last().is_some_and(|last| last.arguments.is_none())
        }
        _ => false,
    }
}

/// Explains why a type can be neither a label nor a value, with the tokens to change.
pub fn fault(ty: &Type) -> Option<(TokenStream, Message)> {
    let all = || ty.to_token_stream();
    match (sort(ty), peel(ty)) {
        (Sort::Moment, _) => Some((all(), rules::moment(show(ty)))),
        (Sort::Wide, _) => Some((all(), rules::wide_integer(show(ty)))),
        (Sort::Reference, Type::Reference(reference)) => {
            let (and, mutability) = (&reference.and_token, &reference.mutability);
            let written = if mutability.is_some() { "&mut" } else { "&" };
            Some((quote!(#and #mutability), rules::reference(show(ty), written)))
        }
        (Sort::Nameless, _) => Some((all(), rules::nameless_type(show(ty)))),
        (Sort::Option, _) => Some((all(), rules::option_twice())),
        _ => None,
    }
}

/// Explains why a type cannot be context, with the tokens to change. What an alias is, the compiler says.
pub fn context_fault(ty: &Type) -> Option<(TokenStream, Message)> {
    let optional = option(ty);
    let inner = optional.unwrap_or(ty);
    let sort = sort(inner);
    let instead = match sort {
        Sort::Nameless if is_object_of(inner, "Display") => return None,
        Sort::Moment => return Some((inner.to_token_stream(), rules::moment(show(inner)))),
        Sort::Owned if is_string(inner) => "take `&str`",
        Sort::Bytes => "take `&dyn Display`, and pass `&path.display()` or `&bytes.escape_ascii()`",
        Sort::Option => "take one `Option`: a value is there, or it is absent",
        Sort::Reference if is_number(inner) => "remove the `&`: numbers and `bool` are `Copy`",
        Sort::Reference | Sort::Nameless if sort == Sort::Reference || is_object_of(inner, "Error") => {
            match optional {
                Some(_) => "take `Option<&dyn Display>`, and pass `error.map(|error| error as &dyn Display)`",
                None => "take `&dyn Display`, and pass the same reference",
            }
        }
        Sort::Nameless => {
            "take `&dyn Display`, and pass what prints it, such as `&format_args!(\"{list:?}\")`"
        }
        Sort::Owned | Sort::Char | Sort::Wide => "take `&dyn Display`, and pass a reference to it",
        _ => return None,
    };
    Some((inner.to_token_stream(), rules::context_type(show(inner), instead)))
}

/// Returns true for a shared reference to an object of this trait, with or without markers.
fn is_object_of(ty: &Type, name: &str) -> bool {
    let Type::Reference(reference) = peel(ty) else { return false };
    let Type::TraitObject(object) = peel(&reference.elem) else { return false };
    let is_trait = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| last.ident == name),
        _ => false,
    };
    reference.mutability.is_none() && object.bounds.iter().any(is_trait)
}

/// Returns true for a reference to a number or to a `bool`.
fn is_number(ty: &Type) -> bool {
    match peel(ty) {
        Type::Reference(reference) => {
            let sort = sort(&reference.elem);
            sort.is_number() || sort == Sort::Bool
        }
        _ => false,
    }
}

/// Returns true for `String`, also behind a reference.
fn is_string(ty: &Type) -> bool {
    match peel(ty) {
        Type::Reference(reference) => is_string(&reference.elem),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "String"),
        _ => false,
    }
}

/// Explains why a type cannot be a label, in addition to [`fault`].
pub fn label_fault(ty: &Type) -> Option<(TokenStream, Message)> {
    let message = match sort(ty) {
        Sort::Owned => rules::label_owned(show(ty)),
        Sort::Bytes => rules::label_bytes(show(ty)),
        Sort::Char => rules::label_char(show(ty)),
        Sort::Float | Sort::Duration | Sort::Time => rules::label_number(show(ty)),
        _ => return None,
    };
    Some((ty.to_token_stream(), message))
}

/// Returns the type as a user would write it.
pub fn show(ty: &Type) -> String {
    let mut text = ty.to_token_stream().to_string();
    for (spaced, tight) in
        [("& ", "&"), (" <", "<"), ("< ", "<"), (" >", ">"), (" ,", ","), (" :: ", "::"), ("* ", "*")]
    {
        text = text.replace(spaced, tight);
    }
    text
}

/// Returns true if `impl Trait` stands in it anywhere.
pub fn has_impl(ty: &Type) -> bool {
    has_word(ty.to_token_stream(), "impl")
}

/// Returns true if no method of a trait for `dyn` can take it: it has no size, or it is `Self`.
pub fn is_unsized(ty: &Type) -> bool {
    match peel(ty) {
        Type::Slice(_) | Type::TraitObject(_) => true,
        Type::Path(path) if path.path.is_ident("str") => true,
        ty => has_word(ty.to_token_stream(), "Self"),
    }
}

fn has_word(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => has_word(group.stream(), word),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
