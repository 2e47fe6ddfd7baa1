//! What an expansion may name, and nothing else. Not part of the public interface: it changes with any release.

pub use crate::event::{Site, field_names};
pub use crate::label::{Closed, Domain, Label, LabelSet, LabelValue, NONE, Open};
pub use crate::mock::{Call, Journal, OneValue, Params, Record, View};
pub use crate::schema::{
    AlertSchema, Condition, EventSchema, InstrumentLabel, InstrumentSchema, Kind, LabelSchema, LogSchema,
    Measure, Schema, Source, Surface, Unit, ValueSchema, check,
};
pub use crate::value::{Number, Repr, Representation, Value};
pub use crate::{Event, Log, NoOp, Sink, Via};
pub use tracing::Level;

pub use std::boxed::Box;
pub use std::sync::Arc;
pub use std::vec::Vec;

/// A label of a type that says its own set, cut to the set's length.
#[inline]
pub fn label<L: Label>(label: &L) -> LabelValue<'_> {
    match L::SET {
        LabelSet::Open(domain) => cut(label.value(), domain),
        LabelSet::Closed(_) | LabelSet::Range { .. } => label.value(),
    }
}

/// A label whose parameter says the set.
#[inline]
pub fn open<'a, T: Open>(label: &'a T, set: &LabelSet) -> LabelValue<'a> {
    match set {
        LabelSet::Open(domain) => cut(label.value(), domain),
        LabelSet::Closed(_) | LabelSet::Range { .. } => label.value(),
    }
}

#[inline]
fn cut<'a>(value: LabelValue<'a>, domain: &Domain) -> LabelValue<'a> {
    match value {
        LabelValue::Text(text) => LabelValue::Text(text.limit(domain.max_len)),
        value => value,
    }
}

/// The number of a value.
#[inline]
pub fn number<V: Value>(value: V) -> Option<Number> {
    Some(value.repr().into())
}

/// The number of a value that may be absent.
#[inline]
pub fn optional<V: Value>(value: Option<V>) -> Option<Number> {
    value.and_then(number)
}

/// How a value is recorded.
#[must_use]
pub const fn representation<V: Value>() -> Representation {
    <V::Repr as Repr>::REPRESENTATION
}

/// The value of a recorded call; `None` if it was absent.
#[must_use]
pub fn read_optional<V: Value>(record: &Record, index: usize) -> Option<V> {
    record.value(index).and_then(V::Repr::from_number).map(V::from_repr)
}
