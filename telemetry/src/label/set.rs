//! The set that a label's values come from, and how many series it can make.

use super::{LabelValue, OTHER};
use std::borrow::Cow;
use std::fmt;

/// Where a label's values come from.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum LabelSet {
    /// These values and no others.
    Closed(&'static [&'static str]),
    /// The integers of a range, ends included; all else is `other`.
    Range {
        /// The least value.
        start: i64,
        /// The greatest value.
        end: i64,
    },
    /// Any text or integer; as many distinct ones as the domain's cap are kept apart.
    Open(&'static Domain),
}

impl LabelSet {
    /// How many series one label of this set can make at the most: its values, and `other` where the set
    /// has it. Saturates.
    ///
    /// ```
    /// use telemetry::Label;
    ///
    /// assert_eq!(bool::SET.cardinality(), 2);
    /// ```
    #[must_use]
    pub const fn cardinality(&self) -> u64 {
        match self {
            LabelSet::Closed(values) => values.len() as u64,
            LabelSet::Range { start, end } => end.abs_diff(*start).saturating_add(2),
            LabelSet::Open(domain) => domain.cap as u64 + 1,
        }
    }

    /// The text of a closed set's value; `other` for an index that the set does not have.
    #[must_use]
    pub fn closed_value(&self, index: u32) -> &'static str {
        match self {
            LabelSet::Closed(values) => values.get(index as usize).copied().unwrap_or(OTHER),
            LabelSet::Range { .. } | LabelSet::Open(_) => OTHER,
        }
    }

    /// The text of a value, as every text back end writes it: `other` for what the set does not have. An absent
    /// value is `None`. Allocates for integers and cut text only.
    #[must_use]
    pub fn text<'v>(&self, value: &'v LabelValue<'_>) -> Option<Cow<'v, str>> {
        if !self.admits(value) {
            return Some(Cow::Borrowed(OTHER));
        }
        Some(match value {
            LabelValue::Closed(index) => Cow::Borrowed(self.closed_value(*index)),
            LabelValue::Text(text) => text.to_cow(),
            LabelValue::U64(n) => Cow::Owned(n.to_string()),
            LabelValue::I64(n) => Cow::Owned(n.to_string()),
            LabelValue::None => return None,
        })
    }

    /// The value as a test or a log of calls shows it: text in quotes, an integer that the set does not have
    /// beside what it counts as.
    pub(crate) fn shown<'v>(&self, value: &'v LabelValue<'_>) -> impl fmt::Display + use<'v> {
        let admitted = self.admits(value);
        let text = self.text(value);
        let value = *value;
        fmt::from_fn(move |f| match (value, &text) {
            (LabelValue::None, _) | (_, None) => f.write_str("None"),
            (LabelValue::U64(n), _) if !admitted => write!(f, "{n} ({OTHER})"),
            (LabelValue::I64(n), _) if !admitted => write!(f, "{n} ({OTHER})"),
            (LabelValue::U64(_) | LabelValue::I64(_), Some(text)) => f.write_str(text),
            (_, Some(text)) => write!(f, "{text:?}"),
        })
    }

    /// The value, its text cut to the length that the set admits.
    #[inline]
    pub(crate) fn limit<'v>(&self, value: LabelValue<'v>) -> LabelValue<'v> {
        match (self, value) {
            (LabelSet::Open(domain), LabelValue::Text(text)) => LabelValue::Text(text.limit(domain.max_len)),
            (_, value) => value,
        }
    }

    /// Whether the set has this value, whatever a cap makes of it later. A wrong index of a hand-written label,
    /// an integer out of the range and text in a range are not in it. An absent value always is.
    #[must_use]
    pub fn admits(&self, value: &LabelValue<'_>) -> bool {
        match (self, value) {
            (LabelSet::Closed(values), LabelValue::Closed(index)) => (*index as usize) < values.len(),
            (LabelSet::Range { start, end }, LabelValue::I64(n)) => (start..=end).contains(&n),
            (LabelSet::Range { start, end }, LabelValue::U64(n)) => {
                i64::try_from(*n).is_ok_and(|n| (*start..=*end).contains(&n))
            }
            (_, LabelValue::None)
            | (LabelSet::Open(_), LabelValue::Text(_) | LabelValue::U64(_) | LabelValue::I64(_)) => true,
            _ => false,
        }
    }
}

/// An open set of label values, with its cap. A back end that keeps series applies the cap; one that takes each call
/// by itself, as the log does, shows every value. Its identity is its address: every metric that carries a
/// label of one domain shares the domain's values and its cap. A label type has one; a parameter that states a cap has one for
/// its method and for those that feed an instrument in common with it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Domain {
    /// How many distinct values are kept apart; one more counts as [`other`](Self::other), and a gauge refuses
    /// it.
    pub cap: u32,
    /// Values that have their place from the start, within the cap.
    pub known: &'static [&'static str],
    /// The value that stands for all past the cap.
    pub other: &'static str,
    /// Text longer than this many bytes is cut, see [`Text::cut`](super::Text::cut).
    pub max_len: usize,
}

impl Domain {
    /// Label text is at most this long unless the declaration says otherwise, in bytes.
    pub const MAX_LEN: usize = 256;

    /// A domain with this cap, no known values, `other`, and the default length.
    #[must_use]
    pub const fn new(cap: u32) -> Self {
        Domain { cap, known: &[], other: OTHER, max_len: Self::MAX_LEN }
    }

    /// Presets values.
    #[must_use]
    pub const fn known(mut self, known: &'static [&'static str]) -> Self {
        self.known = known;
        self
    }

    /// Renames `other`.
    #[must_use]
    pub const fn other(mut self, other: &'static str) -> Self {
        self.other = other;
        self
    }

    /// Sets the length at which text is cut, in bytes.
    #[must_use]
    pub const fn max_len(mut self, max_len: usize) -> Self {
        self.max_len = max_len;
        self
    }
}
