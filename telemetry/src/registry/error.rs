//! What can be wrong when a registry is built or a surface registered.

use crate::error::debug_as_display;
use crate::schema::{Schema, Source};
use std::error::Error;
use std::fmt;

/// A declaration: what it declares, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The trait.
    pub surface: &'static str,
    /// The method; empty for the trait as a whole.
    pub event: &'static str,
    /// Where it stands.
    pub source: Source,
}

impl Declared {
    pub(super) fn surface(schema: &'static Schema) -> Self {
        Declared { surface: schema.name, event: "", source: schema.source }
    }
}

impl fmt::Display for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.event {
            "" => write!(f, "`{}` ({})", self.surface, self.source),
            event => write!(f, "`{}::{event}` ({})", self.surface, self.source),
        }
    }
}

/// Why a surface cannot be registered. `Debug` prints what `Display` does, since that is how `main` shows an error.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterError {
    /// The surface is registered already.
    Twice(Declared),
    /// Two instruments would be exported under one sample name.
    Clash {
        /// The name.
        sample: String,
        /// What is registered.
        first: Box<Declared>,
        /// What was to be registered.
        second: Box<Declared>,
    },
    /// A label has the key of a constant label of the registry.
    ConstantLabel {
        /// The key.
        key: String,
        /// Whose label it is.
        declared: Declared,
    },
    /// Two events feed one instrument, and take the values of one of its open labels from two sets: two label
    /// types, or a type and a parameter with a cap of its own.
    Domains {
        /// The label's key.
        key: String,
        /// The event that is declared first.
        first: Box<Declared>,
        /// The other.
        second: Box<Declared>,
    },
    /// An instrument can have more than 2⁶⁰ series.
    Series(Declared),
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RegisterError::Twice(declared) => {
                write!(
                    f,
                    "{declared} is registered already; `register_or_get` returns the existing instruments"
                )
            }
            RegisterError::Clash { sample, first, second } => {
                write!(f, "{second} would be exported as `{sample}`, and so is {first}")
            }
            RegisterError::ConstantLabel { key, declared } => {
                write!(f, "{declared} has the label `{key}`, which is a constant label of the registry")
            }
            RegisterError::Domains { key, first, second } => write!(
                f,
                "{second} feeds the same instrument as {first}, but its label `{key}` is of another open set; use one label type in both"
            ),
            RegisterError::Series(declared) => {
                write!(f, "{declared} can have more than 2^60 series; lower the caps of its labels")
            }
        }
    }
}

debug_as_display!(RegisterError);

impl Error for RegisterError {}

/// Why a registry cannot be built. `Debug` prints what `Display` does.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// The key of a constant label is no label name.
    Key(String),
    /// The key is one that Prometheus sets or gives a meaning to.
    Reserved(String),
    /// The key is given twice.
    Twice(String),
    /// The label's value is longer than 256 bytes.
    Long(String),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Key(key) => {
                write!(
                    f,
                    "constant label {key:?} is no name; use letters, digits and `_`, not `__` at the start"
                )
            }
            BuildError::Reserved(key) => {
                write!(f, "constant label `{key}` is reserved: Prometheus sets it or gives it a meaning")
            }
            BuildError::Twice(key) => write!(f, "constant label `{key}` is given twice"),
            BuildError::Long(key) => {
                write!(f, "the value of constant label `{key}` is longer than 256 bytes")
            }
        }
    }
}

debug_as_display!(BuildError);

impl Error for BuildError {}
