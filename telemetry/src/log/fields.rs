//! Lays out an event's fields on the stack, as `tracing` takes them.

use crate::context::{self, ContextValue};
use crate::event::Event;
use crate::label::{LabelSet, LabelValue, OTHER};
use crate::schema::LabelSchema;
use crate::value::Number;
use std::iter;
use tracing::Value;

/// The most fields of a line: the name, the 31 parameters that the macro allows, and the count of a summary.
const FIELDS_MAX: usize = 33;

/// Enough fields for most events.
const FEW: usize = 8;

/// The decimals of a line's numbers with a fraction; `None` for all that they have.
#[derive(Clone, Copy)]
pub(super) struct Decimals(pub(super) Option<u8>);

impl Decimals {
    /// Rounds half away from zero. A number too large for it has no such decimals, and stays as it is.
    fn round(self, number: f64) -> f64 {
        let Some(decimals) = self.0 else { return number };
        let scale = 10_f64.powi(decimals.into());
        let rounded = (number * scale).round() / scale;
        if rounded.is_finite() { rounded } else { number }
    }
}

/// Passes the fields of a call to `write`: the name, then the labels of the registration, labels, values
/// and context. Numbers have these decimals.
pub(super) fn of_call(event: &Event<'_>, decimals: Decimals, write: impl FnOnce(&[Option<&dyn Value>])) {
    let schema = event.schema();
    let labels = schema.registration_labels.len() + schema.labels.len();
    let len = 1 + labels + schema.values.len() + schema.context.len();
    if event.label_values().iter().any(is_cut) || event.context_values().iter().any(is_formatted) {
        return of_formatted_call(event, decimals, len, write);
    }
    if len <= FEW {
        in_place::<FEW>(event, decimals, len, write);
    } else {
        in_place::<FIELDS_MAX>(event, decimals, len, write);
    }
}

/// Points at the event's own labels, numbers and context. Only numbers with a fraction are converted first.
fn in_place<const N: usize>(
    event: &Event<'_>,
    decimals: Decimals,
    len: usize,
    write: impl FnOnce(&[Option<&dyn Value>]),
) {
    let schema = event.schema();
    let mut floats = [0.0; N];
    let context_numbers = event.context_values().iter().map(ContextValue::number);
    for (float, number) in floats.iter_mut().zip(event.numbers().iter().copied().chain(context_numbers)) {
        if let Some(number @ (Number::F64(_) | Number::Duration(_) | Number::Time(_))) = number {
            *float = decimals.round(number.as_f64());
        }
    }
    let (value_floats, context_floats) = floats.split_at(schema.values.len());
    let mut fields: [Option<&dyn Value>; N] = [None; N];
    let (registration, rest) = fields[..len].split_at_mut(1 + schema.registration_labels.len());
    let (labels, rest) = rest.split_at_mut(schema.labels.len());
    let (values, context) = rest.split_at_mut(schema.values.len());
    registration[0] = Some(&schema.log.name);
    let given = schema.registration_labels.iter().zip(event.registration_values());
    for (field, (schema, value)) in registration[1..].iter_mut().zip(given) {
        *field = label_in_place(schema, value);
    }
    for (field, (schema, value)) in labels.iter_mut().zip(schema.labels.iter().zip(event.label_values())) {
        *field = label_in_place(schema, value);
    }
    for (field, (number, float)) in values.iter_mut().zip(event.numbers().iter().zip(value_floats)) {
        *field = number.as_ref().map(|number| number_in_place(number, float));
    }
    for (field, (value, float)) in context.iter_mut().zip(event.context_values().iter().zip(context_floats)) {
        *field = context_in_place(value, float);
    }
    write(&fields[..len]);
}

/// Returns an integer, or the float that was made of another number.
fn number_in_place<'a>(number: &'a Number, float: &'a f64) -> &'a dyn Value {
    match number {
        Number::U64(n) => n,
        Number::I64(n) => n,
        Number::F64(_) | Number::Duration(_) | Number::Time(_) => float,
    }
}

fn context_in_place<'a>(value: &'a ContextValue<'_>, float: &'a f64) -> Option<&'a dyn Value> {
    match value {
        ContextValue::Text(text) => Some(text),
        ContextValue::Number(number) => Some(number_in_place(number, float)),
        ContextValue::Bool(bool) => Some(bool),
        ContextValue::None => None,
        ContextValue::Display(_) => {
            debug_assert!(false, "it is formatted");
            None
        }
    }
}

fn label_in_place<'a>(schema: &'static LabelSchema, value: &'a LabelValue<'_>) -> Option<&'a dyn Value> {
    static UNKNOWN: &str = OTHER;
    match (&schema.set, value) {
        (LabelSet::Closed(values), LabelValue::Closed(index)) => match values.get(*index as usize) {
            Some(text) => Some(text),
            None => Some(&UNKNOWN),
        },
        (set, value) if !set.admits(value) => Some(&UNKNOWN),
        (_, LabelValue::Text(text)) => text.as_whole_ref().map(|text| text as &dyn Value),
        (_, LabelValue::U64(n)) => Some(n),
        (_, LabelValue::I64(n)) => Some(n),
        (_, LabelValue::Closed(_) | LabelValue::None) => None,
    }
}

fn is_cut(value: &LabelValue<'_>) -> bool {
    matches!(value, LabelValue::Text(text) if text.as_whole().is_none())
}

/// Returns whether the text of a context value is made for the line: from a `Display`, or by a cut.
fn is_formatted(value: &ContextValue<'_>) -> bool {
    match value {
        ContextValue::Text(text) => text.len() > context::TEXT_MAX,
        ContextValue::Display(_) => true,
        ContextValue::Number(_) | ContextValue::Bool(_) | ContextValue::None => false,
    }
}

/// Passes the fields of a call that has a text to make: label text that was cut, or formatted context. It
/// allocates these texts.
#[cold]
fn of_formatted_call(
    event: &Event<'_>,
    decimals: Decimals,
    len: usize,
    write: impl FnOnce(&[Option<&dyn Value>]),
) {
    let given = event.registration_values().iter().copied().map(Some).chain(std::iter::repeat(None));
    let registration = event.schema().registration_labels.iter().zip(given);
    let registration = registration
        .map(|(schema, value)| value.map_or(Slot::Absent, |value| Slot::label(schema.set, value)));
    let labels = event.labels().map(|label| Slot::label(label.schema.set, label.value));
    let values = event
        .values()
        .map(|value| value.number.map_or(Slot::Absent, |number| Slot::number(number, decimals)));
    let context = event.context_values().iter().map(|value| Slot::context(value, decimals));
    of_slots(event.schema().log.name, registration.chain(labels).chain(values).chain(context), len, write);
}

/// Passes the name and the fields of these slots to `write`. There are `len` fields in total.
pub(super) fn of_slots<'a>(
    name: &'static str,
    rest: impl Iterator<Item = Slot<'a>>,
    len: usize,
    write: impl FnOnce(&[Option<&dyn Value>]),
) {
    let mut slots: [Slot<'_>; FIELDS_MAX] = [const { Slot::Absent }; FIELDS_MAX];
    for (slot, field) in slots.iter_mut().zip(iter::once(Slot::Str(name)).chain(rest)) {
        *slot = field;
    }
    let mut fields: [Option<&dyn Value>; FIELDS_MAX] = [None; FIELDS_MAX];
    for (field, slot) in fields.iter_mut().zip(&slots[..len]) {
        *field = slot.as_value();
    }
    write(&fields[..len]);
}

/// A field's value, owned while a subscriber reads it.
pub(super) enum Slot<'a> {
    Absent,
    Str(&'a str),
    String(String),
    U64(u64),
    I64(i64),
    F64(f64),
    Bool(bool),
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

    pub(super) fn number(number: Number, decimals: Decimals) -> Self {
        match number {
            Number::U64(n) => Slot::U64(n),
            Number::I64(n) => Slot::I64(n),
            Number::F64(_) | Number::Duration(_) | Number::Time(_) => {
                Slot::F64(decimals.round(number.as_f64()))
            }
        }
    }

    fn context(value: &ContextValue<'a>, decimals: Decimals) -> Self {
        match *value {
            ContextValue::Text(text) if text.len() <= context::TEXT_MAX => Slot::Str(text),
            ContextValue::Text(text) => Slot::String(context::text_of(&text, context::TEXT_MAX)),
            ContextValue::Display(display) => Slot::String(context::text_of(display, context::TEXT_MAX)),
            ContextValue::Number(number) => Slot::number(number, decimals),
            ContextValue::Bool(bool) => Slot::Bool(bool),
            ContextValue::None => Slot::Absent,
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
            Slot::Bool(bool) => Some(bool),
        }
    }
}
