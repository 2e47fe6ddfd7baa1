//! The values of a label, as an attribute states them: a cap, a range, or another type.

pub mod check;
mod expand;
pub mod parse;

use proc_macro2::Span;
use syn::{LitInt, LitStr, Path};

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
    /// The attribute: any value up to a cap.
    Capped(Capped),
    /// The attribute: the integers of a range.
    Range(Range),
}

/// An open set and its cap.
#[derive(Clone)]
pub struct Capped {
    pub cap: LitInt,
    pub known: Vec<LitStr>,
    pub other: Option<LitStr>,
    pub max_len: Option<LitInt>,
}

/// A range of integers, ends included.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub start: i64,
    pub end: i64,
}

impl Set {
    /// Returns some open set, for a label whose set has an error.
    pub fn fallback() -> Self {
        let cap = LitInt::new("1", Span::call_site());
        Set::Capped(Capped { cap, known: Vec::new(), other: None, max_len: None })
    }
}
