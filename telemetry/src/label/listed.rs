//! Text of a closed set that an attribute lists. A text that the list does not have is its last value.

use super::{Label, LabelSet, LabelValue};
use crate::argument::no_argument;
use std::marker::PhantomData;

/// For expansions: the set of a list. `LIST` tells the lists of a surface apart.
pub trait Texts<const LIST: u64> {
    /// The texts, and last the one for all others.
    const SET: LabelSet;
}

/// For expansions: a text parameter of the surface `S` as the label that it is.
pub struct Listed<S: ?Sized, const LIST: u64> {
    index: u32,
    surface: PhantomData<fn() -> Box<S>>,
}

/// For expansions: the type of a parameter whose texts are listed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a label with `values`",
    label = "not text",
    note = "`values` is for `&str`; make a closed set of your own an enum with `#[derive(Label)]`"
)]
pub trait ListText {
    /// Returns the text.
    fn as_text(&self) -> &str;

    /// Returns the parameter with this text.
    fn of_static(text: &'static str) -> Self;
}

#[diagnostic::do_not_recommend]
impl ListText for &str {
    #[inline]
    fn as_text(&self) -> &str {
        self
    }

    fn of_static(text: &'static str) -> Self {
        text
    }
}

/// Adds the value for all other texts to the end of a list.
///
/// # Panics
///
/// Panics if `N` is not one more than the list's length, which fails the build.
#[must_use]
pub const fn with_other<const N: usize>(texts: &[&'static str], other: &'static str) -> [&'static str; N] {
    assert!(texts.len() + 1 == N, "one more than the list");
    let mut all = [other; N];
    let mut at = 0;
    while at < texts.len() {
        all[at] = texts[at];
        at += 1;
    }
    all
}

/// Returns the value of a text in a listed set.
#[must_use]
#[inline]
pub fn listed(set: &LabelSet, text: &str) -> LabelValue<'static> {
    LabelValue::Closed(index(set, text))
}

/// Returns the text of a value of a listed set.
#[must_use]
pub fn listed_text(set: &LabelSet, value: &LabelValue<'_>) -> Option<&'static str> {
    match value {
        LabelValue::Closed(index) => Some(set.closed_value(*index)),
        _ => None,
    }
}

/// Returns the index of a text: that of the last value if the list does not have it.
#[allow(clippy::cast_possible_truncation, reason = "a list is written by hand")]
#[inline]
fn index(set: &LabelSet, text: &str) -> u32 {
    let LabelSet::Closed(texts) = set else {
        debug_assert!(false, "a list is a closed set");
        return 0;
    };
    let last = texts.len().saturating_sub(1);
    texts.iter().take(last).position(|listed| *listed == text).unwrap_or(last) as u32
}

impl<S: Texts<LIST> + ?Sized, const LIST: u64> Listed<S, LIST> {
    /// Finds a text in the list.
    #[must_use]
    #[inline]
    pub fn of<T: ListText + Copy>(text: T) -> Self {
        Listed { index: index(&S::SET, text.as_text()), surface: PhantomData }
    }

    /// Finds a text in the list, which may be absent.
    #[must_use]
    #[inline]
    pub fn of_optional<T: ListText + Copy>(text: Option<T>) -> Option<Self> {
        text.map(Self::of)
    }

    /// Returns the text parameter with this index, or ends the call.
    #[must_use]
    pub fn text<T: ListText>(labels: &[LabelValue<'static>], index: usize) -> T {
        let text = labels.get(index).and_then(|value| listed_text(&S::SET, value));
        T::of_static(text.unwrap_or_else(|| no_argument()))
    }

    /// Returns the text parameter with this index, which may be absent.
    #[must_use]
    pub fn optional_text<T: ListText>(labels: &[LabelValue<'static>], index: usize) -> Option<T> {
        let absent = matches!(labels.get(index), Some(LabelValue::None));
        (!absent).then(|| Self::text(labels, index))
    }
}

impl<S: Texts<LIST> + ?Sized, const LIST: u64> Label for Listed<S, LIST> {
    const SET: LabelSet = S::SET;
    type Owned = String;

    #[inline]
    fn value(&self) -> LabelValue<'_> {
        LabelValue::Closed(self.index)
    }

    #[inline]
    fn again(&self) -> Self {
        Listed { ..*self }
    }

    fn from_value(value: &LabelValue<'_>) -> Option<String> {
        listed_text(&S::SET, value).map(String::from)
    }
}
