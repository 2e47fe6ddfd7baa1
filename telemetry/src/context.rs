//! The types of a metric method's context parameters: what stands on the log line and makes no series.

use crate::argument::no_argument;
use crate::contain::contained;
use crate::value::{Number, Representation, Value};
use std::fmt::{self, Debug, Display, Write};
use std::time::{Duration, SystemTime};

/// One context parameter's value in one event.
///
/// The text is that of the call, of any length: whoever writes it bounds it. A log line has at most 1,024
/// bytes of each text.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum ContextValue<'a> {
    /// Text.
    Text(&'a str),
    /// Something that is formatted only where it is needed. Its `Display` is the caller's code: it may be
    /// slow, fail or panic.
    Display(&'a dyn Display),
    /// A number.
    Number(Number),
    /// A `bool`.
    Bool(bool),
    /// No value: the parameter is an `Option`.
    None,
}

/// The kind of a context parameter in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContextKind {
    /// `&str`, or `&dyn Display`.
    Text,
    /// A number.
    Number(Representation),
    /// `bool`.
    Bool,
}

/// The most bytes of a text that a log line has.
pub(crate) const TEXT_MAX: usize = 1_024;

/// The end of a text that was cut.
const CUT: &str = "…";

/// Texts for calls by the schema. A `&dyn Display` borrows from here.
pub(crate) static TEXTS: [&str; 5] = ["a", "", "a=\"b\"\nevent=c", "\u{202e}\0\u{1b}[2J", "ü"];

impl ContextValue<'_> {
    /// Returns the number, if it is one.
    pub(crate) const fn number(&self) -> Option<Number> {
        match *self {
            ContextValue::Number(number) => Some(number),
            _ => None,
        }
    }
}

/// Prints text as it is, a number in its shortest form, and nothing for an absent value.
impl Display for ContextValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContextValue::Text(text) => f.write_str(text),
            ContextValue::Display(display) => write!(f, "{display}"),
            ContextValue::Number(number) => Display::fmt(number, f),
            ContextValue::Bool(bool) => Display::fmt(bool, f),
            ContextValue::None => Ok(()),
        }
    }
}

/// Prints text in quotes, with escapes, and `None` for an absent value.
impl Debug for ContextValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContextValue::Text(text) => Debug::fmt(text, f),
            ContextValue::Display(display) => Debug::fmt(&text_of(*display, usize::MAX), f),
            ContextValue::Number(number) => Display::fmt(number, f),
            ContextValue::Bool(bool) => Display::fmt(bool, f),
            ContextValue::None => f.write_str("None"),
        }
    }
}

/// Returns the text of `display`. It ends in `…` if it is cut: after at most `max` bytes, or where `display`
/// fails or panics.
pub(crate) fn text_of(display: &dyn Display, max: usize) -> String {
    let mut bounded = Bounded { text: String::new(), max, is_full: false };
    let result = contained(|| write!(bounded, "{display}"));
    let Bounded { mut text, is_full, .. } = bounded;
    if is_full || !matches!(result, Some(Ok(()))) {
        text.truncate(text.floor_char_boundary(max.saturating_sub(CUT.len())));
        text.push_str(CUT);
    }
    text
}

/// A text that takes a number of bytes and no more.
struct Bounded {
    text: String,
    max: usize,
    is_full: bool,
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let left = self.max - self.text.len();
        // What is full stays full: another text might be short enough.
        if !self.is_full && text.len() <= left {
            self.text.push_str(text);
            return Ok(());
        }
        if !self.is_full {
            self.text.push_str(&text[..text.floor_char_boundary(left)]);
            self.is_full = true;
        }
        Err(fmt::Error)
    }
}

/// For expansions: a type that a context parameter may have.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be context",
    label = "not context",
    note = "context is `&str`, `&dyn Display`, a number, `Duration`, `SystemTime`, `bool`, or an `Option` of these",
    note = "take `&dyn Display`, and pass a reference to what has a text"
)]
pub trait Context: Sized {
    /// The type in which the mock hands the value out.
    type Owned: 'static;
    const KIND: ContextKind;
    const OPTIONAL: bool = false;

    fn value(&self) -> ContextValue<'_>;

    /// Returns a copy, for a fan-out. It replaces the supertrait `Copy`, as in
    /// [`Label`](crate::Label::again).
    #[must_use]
    fn again(&self) -> Self;

    /// Returns the mock's form of a value, or `None` if no value of this type is recorded in this way.
    fn from_value(value: &ContextValue<'_>) -> Option<Self::Owned>;

    /// Returns the parameter with this value, for a test that calls methods by their schema.
    fn of_static(value: &ContextValue<'static>) -> Option<Self>;

    /// Returns the context parameter with this index, or ends the call.
    #[must_use]
    fn argument(context: &[ContextValue<'static>], index: usize) -> Self {
        context.get(index).and_then(Self::of_static).unwrap_or_else(|| no_argument())
    }
}

#[diagnostic::do_not_recommend]
impl Context for &str {
    type Owned = String;
    const KIND: ContextKind = ContextKind::Text;

    #[inline]
    fn value(&self) -> ContextValue<'_> {
        ContextValue::Text(self)
    }

    #[inline]
    fn again(&self) -> Self {
        self
    }

    fn from_value(value: &ContextValue<'_>) -> Option<String> {
        match value {
            ContextValue::Text(text) => Some((*text).to_owned()),
            _ => None,
        }
    }

    fn of_static(value: &ContextValue<'static>) -> Option<Self> {
        match value {
            ContextValue::Text(text) => Some(text),
            _ => None,
        }
    }
}

macro_rules! displays {
    ($($object:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'a> Context for &'a ($object) {
            type Owned = String;
            const KIND: ContextKind = ContextKind::Text;

            #[inline]
            fn value(&self) -> ContextValue<'_> {
                ContextValue::Display(*self)
            }

            #[inline]
            fn again(&self) -> Self {
                *self
            }

            fn from_value(value: &ContextValue<'_>) -> Option<String> {
                <&str as Context>::from_value(value)
            }

            fn of_static(value: &ContextValue<'static>) -> Option<Self> {
                let ContextValue::Text(text) = value else { return None };
                TEXTS.iter().find(|known| *known == text).map(|known| known as &'a ($object))
            }
        }
    )*};
}

displays!(dyn Display + 'a, dyn Display + Send + 'a, dyn Display + Sync + 'a, dyn Display + Send + Sync + 'a);

#[diagnostic::do_not_recommend]
impl Context for bool {
    type Owned = bool;
    const KIND: ContextKind = ContextKind::Bool;

    #[inline]
    fn value(&self) -> ContextValue<'_> {
        ContextValue::Bool(*self)
    }

    #[inline]
    fn again(&self) -> Self {
        *self
    }

    fn from_value(value: &ContextValue<'_>) -> Option<bool> {
        match value {
            ContextValue::Bool(bool) => Some(*bool),
            _ => None,
        }
    }

    fn of_static(value: &ContextValue<'static>) -> Option<Self> {
        Self::from_value(value)
    }
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Context for $type {
            type Owned = $type;
            const KIND: ContextKind = ContextKind::Number(<$type as Value>::RECORDED_AS);

            #[inline]
            fn value(&self) -> ContextValue<'_> {
                self.number().map_or(ContextValue::None, ContextValue::Number)
            }

            #[inline]
            fn again(&self) -> Self {
                *self
            }

            fn from_value(value: &ContextValue<'_>) -> Option<$type> {
                <$type as Value>::read(value.number())
            }

            fn of_static(value: &ContextValue<'static>) -> Option<Self> {
                // A number that is too wide for the type reads back as another.
                let read = Self::from_value(value)?;
                (read.number() == value.number()).then_some(read)
            }
        }
    )*};
}

numbers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, f32, f64, Duration, SystemTime);

#[diagnostic::do_not_recommend]
impl<T: Context> Context for Option<T> {
    type Owned = Option<T::Owned>;
    const KIND: ContextKind = T::KIND;
    const OPTIONAL: bool = true;

    #[inline]
    fn value(&self) -> ContextValue<'_> {
        self.as_ref().map_or(ContextValue::None, T::value)
    }

    #[inline]
    fn again(&self) -> Self {
        self.as_ref().map(T::again)
    }

    fn from_value(value: &ContextValue<'_>) -> Option<Self::Owned> {
        match value {
            ContextValue::None => Some(None),
            value => T::from_value(value).map(Some),
        }
    }

    fn of_static(value: &ContextValue<'static>) -> Option<Self> {
        match value {
            ContextValue::None => Some(None),
            value => T::of_static(value).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::resume_unwind;

    /// Writes pieces, and then returns or panics.
    struct Pieces(&'static [&'static str], fn() -> fmt::Result);

    impl Display for Pieces {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for piece in self.0 {
                // A careless implementation ignores the error of a text that is full.
                let _ = f.write_str(piece);
            }
            (self.1)()
        }
    }

    #[test]
    fn a_text_is_cut_at_its_bound_and_at_a_character() {
        assert_eq!(text_of(&"12345", 5), "12345");
        assert_eq!(text_of(&"123456", 5), "12…");
        assert_eq!(text_of(&"üüüü", 7), "üü…");
        assert_eq!(text_of(&Pieces(&["1234", "5678", "9"], || Ok(())), 7), "1234…");
        assert_eq!(text_of(&Pieces(&["123456", "", "78"], || Ok(())), 7), "1234…", "the first is short");
    }

    #[test]
    fn a_text_that_fails_ends_where_it_fails() {
        assert_eq!(text_of(&Pieces(&["1234"], || Err(fmt::Error)), 100), "1234…");
        assert_eq!(text_of(&Pieces(&["1234"], || resume_unwind(Box::new(()))), 100), "1234…");
        assert_eq!(text_of(&Pieces(&[], || resume_unwind(Box::new(()))), 100), "…");
    }
}
