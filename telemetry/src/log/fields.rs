//! Lays an event's fields out as `tracing` takes them.

use crate::label::{LabelSet, LabelValue, OTHER};
use crate::value::Number;
use tracing::Value;

/// An expansion refuses a method with more parameters than this less one, for the kind's own field. A summary has one
/// field more.
const FIELDS_MAX: usize = 33;

/// As many as most events have.
const FEW: usize = 8;

/// On the stack: the name, then what follows. As many as the callsite has fields.
pub(super) fn with_fields<'a>(
    name: &'static str,
    rest: impl Iterator<Item = Slot<'a>>,
    len: usize,
    write: impl FnOnce(&[Option<&dyn Value>]),
) {
    if len <= FEW {
        lay_out::<FEW>(name, rest, len, write)
    } else {
        lay_out::<FIELDS_MAX>(name, rest, len, write)
    }
}

fn lay_out<'a, const N: usize>(
    name: &'static str,
    rest: impl Iterator<Item = Slot<'a>>,
    len: usize,
    write: impl FnOnce(&[Option<&dyn Value>]),
) {
    let mut slots: [Slot<'_>; N] = [const { Slot::Absent }; N];
    slots[0] = Slot::Str(name);
    for (slot, field) in slots[1..].iter_mut().zip(rest) {
        *slot = field;
    }
    let mut fields: [Option<&dyn Value>; N] = [None; N];
    for (field, slot) in fields.iter_mut().zip(&slots[..len]) {
        *field = slot.as_value();
    }
    write(&fields[..len]);
}

/// A field's value, kept for as long as a subscriber looks at it.
pub(super) enum Slot<'a> {
    Absent,
    Str(&'a str),
    String(String),
    U64(u64),
    I64(i64),
    F64(f64),
}

impl<'a> Slot<'a> {
    pub(super) fn label(set: LabelSet, value: LabelValue<'a>) -> Self {
        if !set.admits(&value) {
            return Slot::Str(OTHER);
        }
        match value {
            LabelValue::Closed(index) => Slot::Str(set.closed_value(index)),
            LabelValue::Text(text) => {
                text.as_whole().map_or_else(|| Slot::String(text.to_string()), Slot::Str)
            }
            LabelValue::U64(n) => Slot::U64(n),
            LabelValue::I64(n) => Slot::I64(n),
            LabelValue::None => Slot::Absent,
        }
    }

    pub(super) fn number(number: Number) -> Self {
        match number {
            Number::U64(n) => Slot::U64(n),
            Number::I64(n) => Slot::I64(n),
            Number::F64(n) => Slot::F64(n),
            Number::Duration(d) => Slot::F64(d.as_secs_f64()),
        }
    }

    fn as_value(&self) -> Option<&dyn Value> {
        match self {
            Slot::Absent => None,
            Slot::Str(text) => Some(text),
            Slot::String(text) => Some(text),
            Slot::U64(n) => Some(n),
            Slot::I64(n) => Some(n),
            Slot::F64(n) => Some(n),
        }
    }
}
