//! The errors of views.

use super::nearest::nearest;
use crate::error::debug_as_display;
use crate::schema::Kind;
use std::error::Error;
use std::fmt;

/// The error of a view that cannot be applied. `Debug` prints the same text as `Display`, since `main` shows
/// an error by `Debug`.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum ViewError {
    /// No registered surface has an instrument of this name.
    Unknown {
        /// The name in the view.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// Two views have names of one instrument.
    Twice {
        /// The first name.
        first: String,
        /// The second name.
        second: String,
    },
    /// A view of an instrument's former name does more than to turn it off.
    Former {
        /// The former name.
        name: String,
        /// The present name.
        present: String,
    },
    /// A view is off, and changes labels or buckets too.
    OffAndMore(String),
    /// A view changes nothing.
    Empty(String),
    /// The instrument does not have the label.
    Label {
        /// The name in the view.
        name: String,
        /// The key in the view.
        key: String,
        /// The keys of the instrument's labels.
        known: Vec<&'static str>,
    },
    /// The bound is not among the declared ones.
    Bound {
        /// The name in the view.
        name: String,
        /// The bound in the view.
        bound: f64,
        /// The declared bounds.
        declared: &'static [f64],
    },
    /// A view takes labels away from a gauge.
    Gauge(String),
    /// A view takes labels away from a counter whose totals somebody else keeps.
    Total(String),
    /// A view has buckets, and the instrument is not a histogram.
    NoHistogram {
        /// The name in the view.
        name: String,
        /// The kind of the instrument.
        kind: Kind,
    },
}

/// The most names that an error lists.
const LISTED: usize = 20;

impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ViewError::Unknown { name, known } => {
                write!(f, "a view names `{name}`, which no registered surface has; ")?;
                let all = known.iter().map(String::as_str);
                meant(f, name, all, "the names are", "none is registered yet")
            }
            ViewError::Twice { first, second } if first == second => {
                write!(f, "`{first}` has two views; write one, joined by `View::and`")
            }
            ViewError::Twice { first, second } => write!(
                f,
                "`{first}` and `{second}` are views of one instrument; write one, joined by `View::and`"
            ),
            ViewError::Former { name, present } => write!(
                f,
                "`{name}` is the former name of `{present}`, and its view can be `off` alone; write the view for `{present}`"
            ),
            ViewError::OffAndMore(name) => {
                write!(f, "the view of `{name}` is off, and has labels or buckets too; write one of them")
            }
            ViewError::Empty(name) => {
                write!(f, "the view of `{name}` changes nothing; write `off`, `without` or `buckets`")
            }
            ViewError::Label { name, key, known } => {
                write!(f, "the view of `{name}` takes away `{key}`, which is not among its labels; ")?;
                meant(f, key, known.iter().copied(), "they are", "it has none")
            }
            ViewError::Bound { name, bound, declared } => {
                let declared: Vec<_> = declared.iter().map(f64::to_string).collect();
                let declared = declared.join(", ");
                write!(
                    f,
                    "the view of `{name}` has the bound {bound}, which is not declared; keep some of {declared}"
                )
            }
            ViewError::Gauge(name) => write!(
                f,
                "the view of `{name}` takes labels away, but it is a gauge, and a sum of gauges has no meaning; write `off` or leave it as it is"
            ),
            ViewError::Total(name) => write!(
                f,
                "the view of `{name}` takes labels away, but somebody else keeps its totals, which can fall; write `off` or leave it as it is"
            ),
            ViewError::NoHistogram { name, kind } => {
                let kind = kind.name();
                write!(f, "the view of `{name}` has buckets, which a histogram has; it is declared `{kind}`")
            }
        }
    }
}

/// Writes the name that was probably meant, or else the names that there are.
fn meant<'a>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
    list: &str,
    none: &str,
) -> fmt::Result {
    if let Some(near) = nearest(name, known.clone()) {
        return write!(f, "did you mean `{near}`?");
    }
    let count = known.clone().count();
    if count == 0 {
        return f.write_str(none);
    }
    let shown: Vec<_> = known.take(LISTED).map(|name| format!("`{name}`")).collect();
    write!(f, "{list} {}", shown.join(", "))?;
    if count > LISTED { write!(f, ", and {} more", count - LISTED) } else { Ok(()) }
}

debug_as_display!(ViewError);

impl Error for ViewError {}
