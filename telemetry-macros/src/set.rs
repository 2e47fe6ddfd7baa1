//! The values of a label, as an attribute states them: a cap, a range, or another type.

pub mod check;
mod expand;
pub mod parse;

use proc_macro2::Span;
use syn::{Expr, LitInt, LitStr, Path};

/// Who says what a label's values are.
#[derive(Clone, Default)]
pub enum Set {
    /// The parameter's type.
    #[default]
    Type,
    /// A type that it is converted into.
    With(Path),
    /// Nobody: it is text or an integer, which needs no set where no series is kept by it.
    Unbounded,
    /// The attribute: the texts of a list, and one for all others.
    Listed(Listed),
    /// The attribute: any value up to a cap.
    Capped(Capped),
    /// The attribute: the integers of a range.
    Range(Range),
}

/// An open set and its cap.
#[derive(Clone)]
pub struct Capped {
    pub cap: LitInt,
    pub known: Texts,
    pub other: Option<LitStr>,
    pub max_len: Option<LitInt>,
}

/// A closed set of text.
#[derive(Clone)]
pub struct Listed {
    pub texts: Texts,
    pub other: Option<LitStr>,
}

/// The texts that an attribute lists.
#[derive(Clone)]
pub enum Texts {
    Literal(Vec<LitStr>),
    /// A constant, which the compiler evaluates.
    Constant(Expr),
}

impl Texts {
    /// Returns the constant, if it is one.
    pub fn constant(&self) -> Option<&Expr> {
        match self {
            Texts::Literal(_) => None,
            Texts::Constant(path) => Some(path),
        }
    }
}

/// A range of integers, ends included.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub start: i64,
    pub end: i64,
}

impl Set {
    /// Returns the constant that its texts come from, if they do.
    pub fn constant(&self) -> Option<&Expr> {
        match self {
            Set::Listed(listed) => listed.texts.constant(),
            Set::Capped(capped) => capped.known.constant(),
            Set::Type | Set::With(_) | Set::Unbounded | Set::Range(_) => None,
        }
    }

    /// Returns some open set, for a label whose set has an error.
    pub fn fallback() -> Self {
        let cap = LitInt::new("1", Span::call_site());
        Set::Capped(Capped { cap, known: Texts::Literal(Vec::new()), other: None, max_len: None })
    }
}
