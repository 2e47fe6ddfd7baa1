//! What a parameter's type is, as far as its last path segment tells.

use syn::{GenericArgument, PathArguments, Type};

const UNSIGNED: &[&str] = &["u8", "u16", "u32", "u64", "usize"];
const SIGNED: &[&str] = &["i8", "i16", "i32", "i64", "isize"];
const FLOATS: &[&str] = &["f32", "f64"];
const WIDE: &[&str] = &["u128", "i128"];
const OWNED: &[&str] = &["String", "Cow", "Box", "Arc", "Rc", "Vec"];
const BYTES: &[&str] = &["Path", "PathBuf", "OsStr", "OsString", "CStr", "CString"];

/// The sorts of type that the macro can tell apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Unsigned,
    Signed,
    Float,
    Duration,
    /// More than 64 bits.
    Wide,
    Text,
    /// A type that owns what it has, so that it is not `Copy`.
    Owned,
    /// Bytes or a path.
    Bytes,
    Char,
    Other,
}

impl Sort {
    pub fn is_number(self) -> bool {
        matches!(self, Sort::Unsigned | Sort::Signed | Sort::Float | Sort::Duration)
    }
}

/// Without the invisible groups that `macro_rules` puts around what it captured, and without parentheses.
pub fn peel(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => peel(&group.elem),
        Type::Paren(paren) => peel(&paren.elem),
        ty => ty,
    }
}

/// The type inside an `Option`.
pub fn option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = peel(ty) else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) if arguments.args.len() == 1 => Some(inner),
        _ => None,
    }
}

/// The sort of a type.
pub fn sort(ty: &Type) -> Sort {
    match peel(ty) {
        Type::Path(path) => {
            path.path.segments.last().map_or(Sort::Other, |last| named(&last.ident.to_string()))
        }
        Type::Reference(reference) => match sort(&reference.elem) {
            Sort::Text => Sort::Text,
            Sort::Bytes => Sort::Bytes,
            Sort::Owned => Sort::Owned,
            _ => Sort::Other,
        },
        Type::Slice(slice) if matches!(&*slice.elem, Type::Path(path) if path.path.is_ident("u8")) => {
            Sort::Bytes
        }
        _ => Sort::Other,
    }
}

fn named(name: &str) -> Sort {
    let table = [
        (UNSIGNED, Sort::Unsigned),
        (SIGNED, Sort::Signed),
        (FLOATS, Sort::Float),
        (&["Duration"][..], Sort::Duration),
        (WIDE, Sort::Wide),
        (&["str"][..], Sort::Text),
        (OWNED, Sort::Owned),
        (BYTES, Sort::Bytes),
        (&["char"][..], Sort::Char),
    ];
    table.iter().find(|(names, _)| names.contains(&name)).map_or(Sort::Other, |(_, sort)| *sort)
}
