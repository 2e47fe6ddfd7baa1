//! The types of a metric method's label parameters, and the sets of their values.

pub(crate) mod index;
pub(crate) mod kept;
pub(crate) mod listed;
mod set;
mod text;
mod value;

pub use set::{Domain, LabelSet};
pub use text::Text;
pub use value::{LabelValue, NONE, OTHER};

use crate::argument::no_argument;

/// A type whose values label a metric: a closed set, or an open set with a cap. Derive it.
///
/// On an enum without fields, the derive makes a closed set of the variants, in `snake_case`. On a struct of
/// one text or integer, it makes an open set with a cap (`cap = N`), or a range of integers. `bool` is a
/// label, and so is an `Option` of a label. Labels are [`Copy`]; text is borrowed.
///
/// # Attributes of the derive
///
/// | where | attribute | meaning |
/// |---|---|---|
/// | type | `name = "type"` | the key, which may have dots, as `http.route`; a key on the parameter wins; the default is the parameter's name |
/// | enum | `rename_all = "kebab-case"` | the [case](#cases) of the values; the default is `snake_case` |
/// | variant | `rename = "..."` | the variant's value |
/// | variant | `other` | the variant for unknown text, see [text from outside](#text-from-outside) |
/// | struct | `cap = 64` | the number of distinct values that are kept apart; later ones count as `other` |
/// | struct | `values = ["a", "b"]` | a closed set of text in one line, or of a constant; all others count as `other` |
/// | struct | `known = ["a", "b"]` | values with a reserved series, within the cap; counters start at 0 |
/// | struct | `range = 0..=9` | integers: each in the range is a value, all others count as `other` |
/// | struct | `other = "rest"` | the value for everything past the cap, or outside the list |
/// | struct | `max_len = 64` | text longer than this many bytes is cut; 256 by default |
///
/// # Examples
///
/// ```
/// use telemetry::Label;
/// use telemetry::label::Closed;
///
/// #[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
/// pub enum Stage {
///     Lease,
///     ListWebhooks,
///     #[label(rename = "insert")]
///     InsertDelivery,
/// }
///
/// assert_eq!(Stage::ListWebhooks.as_str(), "list_webhooks");
/// assert_eq!(Stage::from_text("insert"), Some(Stage::InsertDelivery));
///
/// #[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
/// #[label(name = "type", cap = 64)]
/// pub struct EventType<'a>(pub &'a str);
/// ```
///
/// # Text from outside
///
/// With an `other` variant, the derive adds `from_str_lossy`, which converts any text. A text must match a
/// value exactly, upper and lower case included, so give the values the case of the text:
///
/// ```
/// use telemetry::Label;
///
/// #[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
/// #[label(rename_all = "UPPERCASE")]
/// pub enum Method {
///     Get,
///     Post,
///     #[label(other, rename = "other")]
///     Other,
/// }
///
/// assert_eq!(Method::from_str_lossy("GET"), Method::Get);
/// assert_eq!(Method::from_str_lossy("BREW"), Method::Other);
/// assert_eq!(Method::from_str_lossy("get"), Method::Other);
/// ```
///
/// The first paragraphs of the doc comments of the type and of its variants are the meaning of the label and
/// of its values in the [catalog](crate::catalog).
///
/// # Cases
///
/// The value of a variant `ListWebhooks` under `rename_all`:
///
/// | case | value |
/// |---|---|
/// | `snake_case`, the default | `list_webhooks` |
/// | `kebab-case` | `list-webhooks` |
/// | `lowercase` | `listwebhooks` |
/// | `UPPERCASE` | `LISTWEBHOOKS` |
/// | `camelCase` | `listWebhooks` |
/// | `PascalCase` | `ListWebhooks` |
/// | `SCREAMING_SNAKE_CASE` | `LIST_WEBHOOKS` |
/// | `SCREAMING-KEBAB-CASE` | `LIST-WEBHOOKS` |
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a metric label",
    label = "not a label",
    note = "labels are enums with `#[derive(Label)]`, `bool`, and text with a cap: `#[label(cap = 64)] name: &str`",
    note = "a number is a value: write `#[value]` on the parameter if its type has another name, as an alias has",
    note = "an enum of another crate: `#[label(with = YourLabel)]`, where `YourLabel: From<{Self}>`"
)]
pub trait Label: Sized {
    /// The label's key, if the type has one.
    const NAME: Option<&'static str> = None;
    /// The set of values.
    const SET: LabelSet;
    /// The meaning of the label: the first paragraph of the type's doc comment, or an empty string.
    const HELP: &'static str = "";
    /// The meaning of each value of a closed set, in the set's order: the first paragraph of the variant's
    /// doc comment, or an empty string. Empty if no value has one.
    const VALUE_HELP: &'static [&'static str] = &[];
    /// True if a value may be absent; an absent label has a value of its own, `none` by default.
    const OPTIONAL: bool = false;
    /// For expansions: all of these.
    #[doc(hidden)]
    const OF_TYPE: LabelType = LabelType {
        name: Self::NAME,
        set: Self::SET,
        help: Self::HELP,
        value_help: Self::VALUE_HELP,
        optional: Self::OPTIONAL,
    };
    /// The type in which the recording mock keeps a value and passes it to tests.
    type Owned: 'static;

    /// Returns the value, with its full text.
    fn value(&self) -> LabelValue<'_>;

    /// Returns a copy of the label: `*self`. A fan-out passes a copy to each back end.
    ///
    /// It replaces the supertrait `Copy`: rustc would repeat the error about a type that lacks it at each use
    /// of the label. The derive checks once that the type is `Copy`.
    #[must_use]
    fn again(&self) -> Self;

    /// Returns the mock's form of a value, or `None` if no value of this type is recorded in this way.
    fn from_value(value: &LabelValue<'_>) -> Option<Self::Owned>;

    /// For expansions: returns the value, cut to its set's length.
    #[doc(hidden)]
    #[inline]
    fn bounded(&self) -> LabelValue<'_> {
        Self::SET.limit(self.value())
    }

    /// For expansions: returns the label with this value, for a test that calls methods by their schema.
    /// Returns `None` if the value is invalid, or if the label is hand-written.
    #[doc(hidden)]
    #[must_use]
    fn of_static(value: &LabelValue<'static>) -> Option<Self> {
        Self::from_value(value).and_then(Self::of_owned)
    }

    /// For expansions: returns the label parameter with this index, or ends the call.
    #[doc(hidden)]
    #[must_use]
    fn argument(labels: &[LabelValue<'static>], index: usize) -> Self {
        labels.get(index).and_then(Self::of_static).unwrap_or_else(|| no_argument())
    }

    /// For expansions: returns the label of the mock's form, if both have one type.
    #[doc(hidden)]
    #[must_use]
    fn of_owned(_owned: Self::Owned) -> Option<Self> {
        None
    }
}

/// For expansions: what a label's type says.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct LabelType {
    pub name: Option<&'static str>,
    pub set: LabelSet,
    pub help: &'static str,
    pub value_help: &'static [&'static str],
    pub optional: bool,
}

/// A [`Label`] with a closed set of values, all known to the compiler.
///
/// # Examples
///
/// ```
/// use telemetry::label::Closed;
///
/// assert_eq!(bool::values(), ["false", "true"]);
/// assert_eq!(true.as_str(), "true");
/// ```
pub trait Closed: Label<Owned = Self> {
    /// For expansions: the index of the value for unknown text.
    #[doc(hidden)]
    const __OTHER: Option<usize> = None;

    /// Returns all values in declaration order.
    #[must_use]
    fn values() -> &'static [&'static str] {
        match Self::SET {
            LabelSet::Closed(values) => values,
            LabelSet::Range { .. } | LabelSet::Open(_) => &[],
        }
    }

    /// Returns the text of the value.
    #[must_use]
    fn as_str(&self) -> &'static str {
        match self.value() {
            LabelValue::Closed(index) => Self::SET.closed_value(index),
            _ => OTHER,
        }
    }

    /// Returns the label with this text, or `None` if no value has it.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::label::Closed;
    ///
    /// assert_eq!(bool::from_text("true"), Some(true));
    /// assert_eq!(bool::from_text("yes"), None);
    /// ```
    #[must_use]
    fn from_text(text: &str) -> Option<Self> {
        let index = Self::values().iter().position(|value| *value == text)?;
        Self::from_value(&LabelValue::Closed(u32::try_from(index).ok()?))
    }
}

/// For expansions: a label type that is `Copy`, as all must be.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "label type `{Self}` is not `Copy`: write `#[derive(Label, Clone, Copy)]`",
    label = "not `Copy`"
)]
pub trait CopyLabel {}

#[diagnostic::do_not_recommend]
impl<T: Copy> CopyLabel for T {}

/// For expansions: asserts that a label type is `Copy`.
#[doc(hidden)]
pub const fn is_copy<L: CopyLabel>() {}

/// For expansions: the type of a parameter that `with` converts into a label, and that is passed on more than
/// once.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Copy`, and a parameter is passed on to several back ends",
    label = "not `Copy`",
    note = "take what you convert it into, and convert it at the call: `method: MethodLabel`, `MethodLabel::from(..)`"
)]
pub trait Passed: Sized {
    #[must_use]
    fn again(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Copy> Passed for T {
    #[inline]
    fn again(&self) -> Self {
        *self
    }
}

/// Text or an integer. It is a label only with a cap or a range, on the parameter or on a newtype.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a label with a cap or a range",
    label = "neither text nor an integer",
    note = "`cap` is for `&str` and integers, `range` for integers; make a closed set an enum with `#[derive(Label)]`"
)]
pub trait Open: Copy {
    /// The type in which the recording mock keeps a value.
    type Owned: 'static;

    /// Returns the value, with its full text.
    fn value(&self) -> LabelValue<'_>;

    /// Returns the mock's form of a value, or `None` if no value of this type is recorded in this way.
    fn from_value(value: &LabelValue<'_>) -> Option<Self::Owned>;

    /// For expansions: returns the value, cut to the set's length.
    #[doc(hidden)]
    #[inline]
    fn bounded(&self, set: &LabelSet) -> LabelValue<'_> {
        set.limit(self.value())
    }

    /// For expansions: returns the value as [`Label::of_static`] does.
    #[doc(hidden)]
    #[must_use]
    fn of_static(_value: &LabelValue<'static>) -> Option<Self> {
        None
    }

    /// For expansions: returns the parameter as [`Label::argument`] does.
    #[doc(hidden)]
    #[must_use]
    fn argument(labels: &[LabelValue<'static>], index: usize) -> Self {
        labels.get(index).and_then(Self::of_static).unwrap_or_else(|| no_argument())
    }
}

#[diagnostic::do_not_recommend]
impl Label for bool {
    const SET: LabelSet = LabelSet::Closed(&["false", "true"]);
    type Owned = bool;

    #[inline]
    fn value(&self) -> LabelValue<'_> {
        LabelValue::Closed(u32::from(*self))
    }

    #[inline]
    fn again(&self) -> Self {
        *self
    }

    fn from_value(value: &LabelValue<'_>) -> Option<bool> {
        match value {
            LabelValue::Closed(0) => Some(false),
            LabelValue::Closed(1) => Some(true),
            _ => None,
        }
    }

    fn of_owned(owned: bool) -> Option<Self> {
        Some(owned)
    }
}

impl Closed for bool {}

#[diagnostic::do_not_recommend]
impl<L: Label> Label for Option<L> {
    const NAME: Option<&'static str> = L::NAME;
    const SET: LabelSet = L::SET;
    const HELP: &'static str = L::HELP;
    const VALUE_HELP: &'static [&'static str] = L::VALUE_HELP;
    const OPTIONAL: bool = true;
    type Owned = Option<L::Owned>;

    #[inline]
    fn value(&self) -> LabelValue<'_> {
        self.as_ref().map_or(LabelValue::None, Label::value)
    }

    #[inline]
    fn again(&self) -> Self {
        self.as_ref().map(Label::again)
    }

    fn from_value(value: &LabelValue<'_>) -> Option<Self::Owned> {
        match value {
            LabelValue::None => Some(None),
            value => L::from_value(value).map(Some),
        }
    }

    fn of_static(value: &LabelValue<'static>) -> Option<Self> {
        match value {
            LabelValue::None => Some(None),
            value => L::of_static(value).map(Some),
        }
    }
}

#[diagnostic::do_not_recommend]
impl Open for &str {
    type Owned = String;

    #[inline]
    fn value(&self) -> LabelValue<'_> {
        LabelValue::Text(Text::whole(self))
    }

    fn from_value(value: &LabelValue<'_>) -> Option<String> {
        match value {
            LabelValue::Text(text) => Some(text.to_string()),
            _ => None,
        }
    }

    fn of_static(value: &LabelValue<'static>) -> Option<Self> {
        match value {
            LabelValue::Text(text) => text.as_whole(),
            _ => None,
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Open> Open for Option<T> {
    type Owned = Option<T::Owned>;

    #[inline]
    fn value(&self) -> LabelValue<'_> {
        self.as_ref().map_or(LabelValue::None, Open::value)
    }

    fn from_value(value: &LabelValue<'_>) -> Option<Self::Owned> {
        match value {
            LabelValue::None => Some(None),
            value => T::from_value(value).map(Some),
        }
    }

    fn of_static(value: &LabelValue<'static>) -> Option<Self> {
        match value {
            LabelValue::None => Some(None),
            value => T::of_static(value).map(Some),
        }
    }
}

macro_rules! integers {
    ($($type:ty, $variant:ident as $wide:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Open for $type {
            type Owned = $type;

            #[allow(clippy::cast_lossless, reason = "no `From` for the pointer-sized ones, 64 bits at most")]
            #[inline]
            fn value(&self) -> LabelValue<'_> {
                LabelValue::$variant(*self as $wide)
            }

            fn from_value(value: &LabelValue<'_>) -> Option<$type> {
                match value {
                    LabelValue::$variant(n) => <$type>::try_from(*n).ok(),
                    _ => None,
                }
            }

            fn of_static(value: &LabelValue<'static>) -> Option<Self> {
                Self::from_value(value)
            }
        }
    )*};
}

integers! {
    u8, U64 as u64; u16, U64 as u64; u32, U64 as u64; u64, U64 as u64; usize, U64 as u64;
    i8, I64 as i64; i16, I64 as i64; i32, I64 as i64; i64, I64 as i64; isize, I64 as i64;
}
