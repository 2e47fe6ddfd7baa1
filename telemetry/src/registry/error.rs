//! The errors of building a registry and of registering a surface.

use crate::error::debug_as_display;
use crate::registry::view::ViewError;
use crate::schema::{Schema, Source};
use std::error::Error;
use std::fmt;

/// A declaration and its source location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The name of the trait.
    pub surface: &'static str,
    /// The name of the method; empty for the trait as a whole.
    pub event: &'static str,
    /// The source location.
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

/// The error of registering a surface. `Debug` prints the same text as `Display`, since `main` shows an error
/// by `Debug`.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum RegisterError {
    /// The surface is registered already.
    Twice(Declared),
    /// The surface is registered already with these labels, and a handle to them lives.
    LabelsTwice {
        /// The declaration.
        declared: Declared,
        /// The labels, such as `pool="orders"`.
        labels: String,
    },
    /// Two instruments would be exported under one sample name.
    Clash {
        /// The sample name.
        sample: String,
        /// The declaration that is registered.
        first: Box<Declared>,
        /// The declaration that was to be registered.
        second: Box<Declared>,
    },
    /// A label has the key of a constant label of the registry.
    ConstantLabel {
        /// The key.
        key: String,
        /// The declaration that has the label.
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
    /// A view of one of its instruments cannot be applied.
    View(Box<ViewError>),
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
            RegisterError::LabelsTwice { declared, labels } => write!(
                f,
                "{declared} is registered already with {labels}; `register_or_get_with` returns the existing instruments"
            ),
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
            RegisterError::View(error) => fmt::Display::fmt(error, f),
        }
    }
}

debug_as_display!(RegisterError);

impl Error for RegisterError {}

/// The error of building a registry. `Debug` prints the same text as `Display`.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum BuildError {
    /// The key of a constant label is not a label name.
    Key(String),
    /// The key is `job` or `instance`, which a scrape adds to each series.
    Scraped(String),
    /// The key is one that Prometheus gives a meaning to, or that the registry's own metrics have.
    Reserved(String),
    /// The key is given twice.
    Twice(String),
    /// The label's value is longer than 256 bytes.
    Long(String),
    /// A view contradicts itself or another one, or is one of the registry's own metrics and cannot be
    /// applied.
    View(ViewError),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Key(key) => {
                write!(
                    f,
                    "constant label {key:?} is not a name; use letters, digits and `_`, not `__` at the start"
                )
            }
            BuildError::Reserved(key) => {
                write!(f, "constant label `{key}` is reserved: Prometheus or the registry gives it a meaning")
            }
            BuildError::Scraped(key) => {
                write!(
                    f,
                    "constant label `{key}` would become `exported_{key}`, since a scrape adds `{key}` to each series; \
                     set it in the scrape's configuration, or for OTLP as an attribute of the resource"
                )
            }
            BuildError::Twice(key) => write!(f, "constant label `{key}` is given twice"),
            BuildError::Long(key) => {
                write!(f, "the value of constant label `{key}` is longer than 256 bytes")
            }
            BuildError::View(error) => fmt::Display::fmt(error, f),
        }
    }
}

debug_as_display!(BuildError);

impl Error for BuildError {}

impl From<ViewError> for BuildError {
    fn from(error: ViewError) -> Self {
        BuildError::View(error)
    }
}

impl From<ViewError> for RegisterError {
    fn from(error: ViewError) -> Self {
        RegisterError::View(Box::new(error))
    }
}
