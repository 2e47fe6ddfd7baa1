//! The index of a label value among those that its label can have: one coordinate of a series.
//!
//! The registry and the log's policies both keep numbers by series, and both count them so: the values of the
//! label's set come first, then `other`, then the absent value.

#![allow(clippy::inline_always, reason = "an index folds away only where its label is a constant")]

use super::set::{Domain, LabelSet};
use super::value::LabelValue;

/// The indexes of one label.
#[derive(Clone, Copy, Debug)]
pub struct LabelIndex {
    /// The values that come first.
    pub set: LabelSet,
    /// True if an absent value has an index of its own; it counts as `other` if not.
    pub optional: bool,
    /// The label text that counts as the absent value too.
    pub none: Option<&'static str>,
}

/// The source of a value's index.
#[derive(Clone, Copy, Debug)]
pub enum Found {
    /// The declaration gives it.
    At(u64),
    /// The set is open: whoever keeps series numbers the values of this domain.
    InDomain(&'static Domain),
    /// The set does not have the value, which counts as `other`.
    Outside,
}

/// The value that an index represents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coordinate {
    /// The value of a closed set with this index.
    Closed(u32),
    /// An integer of a range.
    Integer(i64),
    /// The value of an open set that has this number.
    Numbered(u32),
    /// All values that have no index of their own.
    Other,
    /// The absent value.
    Absent,
}

impl LabelIndex {
    /// Returns the index of `other`: how many values come before it.
    #[inline(always)]
    pub const fn other(&self) -> u64 {
        match self.set {
            LabelSet::Closed(values) => values.len() as u64,
            LabelSet::Range { start, end } => {
                let last = end.abs_diff(start);
                // The indexes after it must not overflow.
                if last < u64::MAX / 2 { last + 1 } else { u64::MAX / 2 }
            }
            LabelSet::Open(domain) => domain.cap as u64,
        }
    }

    /// Returns how many indexes there are.
    #[inline(always)]
    pub const fn len(&self) -> u64 {
        self.other() + 1 + self.optional as u64
    }

    /// Finds the index of a value, whose text may be cut or not.
    #[inline(always)]
    pub fn find(&self, value: &LabelValue<'_>) -> Found {
        match (self.set, value) {
            (_, LabelValue::None) if self.optional => Found::At(self.other() + 1),
            // The text that stands for the absent value makes no second series of that name.
            (LabelSet::Open(_), LabelValue::Text(text))
                if self.none.is_some() && text.as_whole() == self.none =>
            {
                Found::At(self.other() + 1)
            }
            // A derived label has no other index; one written by hand may.
            (LabelSet::Closed(_), LabelValue::Closed(index)) => {
                Found::At(u64::from(*index).min(self.other()))
            }
            (LabelSet::Closed(_), _) => Found::At(self.other()),
            (_, LabelValue::U64(_) | LabelValue::I64(_))
                if self.none.is_some_and(|none| is_integer(none, value)) =>
            {
                Found::At(self.other() + 1)
            }
            (LabelSet::Range { start, end }, value) => match offset(start, end, value) {
                Some(offset) => Found::At(offset),
                None => Found::Outside,
            },
            (LabelSet::Open(domain), LabelValue::Text(_) | LabelValue::U64(_) | LabelValue::I64(_)) => {
                Found::InDomain(domain)
            }
            (LabelSet::Open(_), LabelValue::Closed(_) | LabelValue::None) => Found::Outside,
        }
    }

    /// Returns the value that an index represents.
    pub fn coordinate(&self, index: u64) -> Coordinate {
        let other = self.other();
        if index >= other {
            return if index == other { Coordinate::Other } else { Coordinate::Absent };
        }
        match self.set {
            LabelSet::Range { start, .. } => Coordinate::Integer(start.saturating_add_unsigned(index)),
            LabelSet::Closed(_) => u32::try_from(index).map_or(Coordinate::Other, Coordinate::Closed),
            LabelSet::Open(_) => u32::try_from(index).map_or(Coordinate::Other, Coordinate::Numbered),
        }
    }
}

/// Returns whether the text is how the integer is written.
#[cold]
fn is_integer(text: &str, value: &LabelValue<'_>) -> bool {
    match value {
        LabelValue::U64(n) => text.parse() == Ok(*n) && is_shortest(text),
        LabelValue::I64(n) => text.parse() == Ok(*n) && is_shortest(text),
        _ => false,
    }
}

/// Returns true if an integer's text has no `+`, no leading zero and no negative zero.
fn is_shortest(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    text == "0" || !digits.starts_with(['+', '0'])
}

#[inline(always)]
fn offset(start: i64, end: i64, value: &LabelValue<'_>) -> Option<u64> {
    let n = match value {
        LabelValue::I64(n) => *n,
        LabelValue::U64(n) => i64::try_from(*n).ok()?,
        _ => return None,
    };
    (start..=end).contains(&n).then(|| n.abs_diff(start)).filter(|offset| *offset < u64::MAX / 2)
}

#[cfg(all(test, not(loom)))]
#[allow(clippy::panic, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn each_index_stands_for_the_value_that_has_it() {
        static DOMAIN: Domain = Domain::new(3);
        let sets = [
            LabelSet::Closed(&["a", "b"]),
            LabelSet::Range { start: -2, end: 2 },
            LabelSet::Range { start: i64::MIN, end: i64::MAX },
            LabelSet::Open(&DOMAIN),
        ];
        for set in sets {
            for optional in [false, true] {
                let label = LabelIndex { set, optional, none: None };
                let other = label.other();
                assert_eq!(label.len(), other + 1 + u64::from(optional));
                assert_eq!(label.coordinate(other), Coordinate::Other);
                assert_eq!(label.coordinate(other + 1), Coordinate::Absent);
                for index in (0..other).take(5) {
                    let value = match label.coordinate(index) {
                        Coordinate::Closed(index) => LabelValue::Closed(index),
                        Coordinate::Integer(n) => LabelValue::I64(n),
                        Coordinate::Numbered(number) => {
                            assert_eq!(u64::from(number), index);
                            continue;
                        }
                        coordinate => panic!("{coordinate:?} at {index} of {set:?}"),
                    };
                    assert!(matches!(label.find(&value), Found::At(at) if at == index), "{value:?}");
                }
            }
        }
    }

    #[test]
    fn a_value_that_the_set_does_not_have_is_outside_or_other() {
        let closed = LabelIndex { set: LabelSet::Closed(&["a"]), optional: false, none: None };
        assert!(matches!(closed.find(&LabelValue::Closed(7)), Found::At(1)));
        assert!(matches!(closed.find(&LabelValue::None), Found::At(1)));
        let range = LabelIndex { set: LabelSet::Range { start: 0, end: 9 }, optional: true, none: Some("7") };
        assert!(matches!(range.find(&LabelValue::U64(10)), Found::Outside));
        assert!(matches!(range.find(&LabelValue::I64(-1)), Found::Outside));
        assert!(matches!(range.find(&LabelValue::None), Found::At(11)));
        assert!(matches!(range.find(&LabelValue::U64(7)), Found::At(11)), "the text of the absent value");
    }
}
