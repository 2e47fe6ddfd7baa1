//! The set of a label's values, and the number of series it can make.

use super::value::{LabelValue, OTHER};
use std::borrow::Cow;
use std::fmt;

/// The set of a label's values.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum LabelSet {
    /// A fixed list of values.
    Closed(&'static [&'static str]),
    /// The integers of a range, ends included. All others count as `other`.
    Range {
        /// The least value.
        start: i64,
        /// The greatest value.
        end: i64,
    },
    /// Any text or integer. The domain's cap limits the number of distinct values that are kept apart.
    Open(&'static Domain),
}

impl LabelSet {
    /// Returns the greatest number of series of one label of this set: its values, and `other` if the set has
    /// it. Saturates.
    ///
    /// # Examples
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

    /// Returns the text of a closed set's value, or `other` for an index outside the set.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::Label;
    ///
    /// assert_eq!(bool::SET.closed_value(1), "true");
    /// assert_eq!(bool::SET.closed_value(2), "other");
    /// ```
    #[must_use]
    pub fn closed_value(&self, index: u32) -> &'static str {
        match self {
            LabelSet::Closed(values) => values.get(index as usize).copied().unwrap_or(OTHER),
            LabelSet::Range { .. } | LabelSet::Open(_) => OTHER,
        }
    }

    /// Returns the text of a value as every text back end writes it: `other` for a value outside the set,
    /// `None` for an absent value. Allocates only for integers and cut text.
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

    /// Returns the value in the form that the mock prints: text in quotes, an integer outside the set with
    /// `(other)`.
    pub(crate) fn display<'v>(&self, value: &'v LabelValue<'_>) -> impl fmt::Display + use<'v> {
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

    /// Returns the value with its text cut to the set's length.
    #[inline]
    pub(crate) fn limit<'v>(&self, value: LabelValue<'v>) -> LabelValue<'v> {
        match (self, value) {
            (LabelSet::Open(domain), LabelValue::Text(text)) => LabelValue::Text(text.limit(domain.max_len)),
            (_, value) => value,
        }
    }

    /// Returns whether the set contains this value, without regard to a cap.
    ///
    /// A wrong index of a hand-written label, an integer outside the range, and text in a range are not in
    /// the set. An absent value always is.
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

/// An open set of label values, with its cap.
///
/// Back ends that keep series apply the cap. Back ends that take each call by itself, such as the log and the
/// mock, show every value.
///
/// The address of a domain is its identity: all metrics with a label of one domain share its values and its
/// cap. A label type has one domain. A parameter with a cap of its own has one domain for its method, and for
/// the methods that record in an instrument in common with it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Domain {
    /// The number of distinct values that are kept apart. Later values count as [`other`](Self::other); a
    /// gauge rejects them.
    pub cap: u32,
    /// The values with a reserved series, within the cap.
    pub known: &'static [&'static str],
    /// The value for everything past the cap.
    pub other: &'static str,
    /// The length in bytes at which text is cut, see [`Text::cut`](super::Text::cut).
    pub max_len: usize,
}

impl Domain {
    /// The default length in bytes at which text is cut.
    pub const MAX_LEN: usize = 256;

    /// Creates a domain with this cap, no known values, `other`, and the default length.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::label::Domain;
    ///
    /// static ROUTES: Domain = Domain::new(64).known(&["/", "/health"]).other("rest");
    ///
    /// assert_eq!((ROUTES.cap, ROUTES.max_len), (64, Domain::MAX_LEN));
    /// ```
    #[must_use]
    pub const fn new(cap: u32) -> Self {
        Domain { cap, known: &[], other: OTHER, max_len: Self::MAX_LEN }
    }

    /// Sets the values with a reserved series.
    #[must_use]
    pub const fn known(mut self, known: &'static [&'static str]) -> Self {
        self.known = known;
        self
    }

    /// Sets the value for everything past the cap.
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
