//! Label values to places: the coordinates of a series among those of its store.

use super::layout::{LabelPlan, other};
use crate::label::{LabelSet, LabelValue, Text};
use std::fmt::{self, Write};

/// Gives texts their numbers below a cap, and counts what has none.
pub trait Numbers: Copy {
    /// The number of a text; `None` past the cap.
    fn number(&self, text: &[u8]) -> Option<u32>;

    /// Counts a value that became `other`.
    fn overflow(&self);
}

/// The place of a value, cut or not: below [`other`] for the set's own values, then `other`, then none.
#[inline(always)]
pub fn place(label: &LabelPlan, value: &LabelValue<'_>, numbers: impl Numbers) -> u64 {
    let other = other(&label.set);
    let found = match (label.set, value) {
        (_, LabelValue::None) if label.none.is_some() => return other + 1,
        // The text that stands for none is none, not a second series of that name.
        (LabelSet::Open(_), LabelValue::Text(text))
            if label.none.is_some() && text.as_whole() == label.none =>
        {
            return other + 1;
        }
        // A derived label has no other index; one written by hand may.
        (LabelSet::Closed(_), LabelValue::Closed(index)) => return u64::from(*index).min(other),
        (LabelSet::Closed(_), _) => return other,
        (_, LabelValue::U64(_) | LabelValue::I64(_))
            if label.none.is_some_and(|none| is_integer(none, value)) =>
        {
            return other + 1;
        }
        (LabelSet::Range { start, end }, LabelValue::U64(_) | LabelValue::I64(_)) => {
            offset(start, end, value)
        }
        (LabelSet::Open(domain), value) => number(value, domain.max_len, numbers).map(u64::from),
        _ => None,
    };
    found.unwrap_or_else(|| {
        numbers.overflow();
        other
    })
}

/// Whether the text is how the integer is written.
#[cold]
fn is_integer(text: &str, value: &LabelValue<'_>) -> bool {
    match value {
        LabelValue::U64(n) => {
            text.parse() == Ok(*n) && !text.starts_with(['+', '0']) || text == "0" && *n == 0
        }
        LabelValue::I64(n) => {
            text.parse() == Ok(*n) && !text.starts_with(['+', '0']) || text == "0" && *n == 0
        }
        _ => false,
    }
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

#[inline(always)]
fn number(value: &LabelValue<'_>, max_len: usize, numbers: impl Numbers) -> Option<u32> {
    match value {
        LabelValue::Text(text) => match text.as_whole() {
            Some(text) if text.len() <= max_len => numbers.number(text.as_bytes()),
            _ => cut(*text, max_len, numbers),
        },
        LabelValue::U64(n) => written(n, numbers),
        LabelValue::I64(n) => written(n, numbers),
        LabelValue::Closed(_) | LabelValue::None => None,
    }
}

#[cold]
#[inline(never)]
fn cut(text: Text<'_>, max_len: usize, numbers: impl Numbers) -> Option<u32> {
    written(&text.limit(max_len), numbers)
}

/// Not inlined: it takes 4 KiB of stack.
#[inline(never)]
fn written(value: &impl fmt::Display, numbers: impl Numbers) -> Option<u32> {
    let mut line = Line { bytes: [0; MAX], len: 0 };
    write!(line, "{value}").ok()?;
    numbers.number(line.bytes.get(..line.len)?)
}

/// The longest text that a domain can have: its records are in chunks of 4 KiB.
const MAX: usize = 4_088;

/// Text on the stack, since recording does not allocate.
struct Line {
    bytes: [u8; MAX],
    len: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
