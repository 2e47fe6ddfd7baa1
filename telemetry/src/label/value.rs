//! The value of a label in one event.

use super::text::Text;

/// One label's value in one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelValue<'a> {
    /// The value with this index in a [`LabelSet::Closed`](super::LabelSet::Closed).
    Closed(u32),
    /// Text of an open set.
    Text(Text<'a>),
    /// An unsigned integer of an open set or a range.
    U64(u64),
    /// A signed integer of an open set or a range.
    I64(i64),
    /// No value: the parameter is an `Option`.
    None,
}

/// The value for everything past a cap, out of a range, or with a wrong index.
pub const OTHER: &str = "other";

/// The value of an absent label.
pub const NONE: &str = "none";
