//! One visitor of `tracing` fields for the formats that write fields in their order.

use super::super::added::{AddedFields, AddedValue};
use super::text::{push_finite, push_i64, push_u64};
use std::fmt::Debug;
use tracing::Event;
use tracing::field::{Field, Visit};

/// The syntax of a format's fields.
pub(super) trait Syntax {
    /// Appends the key, and everything else that precedes the value.
    fn push_key(key: &str, out: &mut String);

    /// Appends a text value.
    fn push_text(text: &str, out: &mut String);

    /// Appends `NaN`, `+Inf` or `-Inf`.
    fn push_not_finite(text: &str, out: &mut String);

    /// True if an empty text is written at all.
    const WRITES_EMPTY_TEXT: bool;
}

/// Appends each field that it visits in the syntax `S`.
pub(super) struct Fields<'a, S> {
    out: &'a mut String,
    _syntax: std::marker::PhantomData<S>,
}

impl<'a, S: Syntax> Fields<'a, S> {
    pub(super) fn new(out: &'a mut String) -> Self {
        Fields { out, _syntax: std::marker::PhantomData }
    }

    fn key(&mut self, key: &str) -> &mut String {
        S::push_key(key, self.out);
        self.out
    }

    fn text(&mut self, key: &str, text: &str) {
        if S::WRITES_EMPTY_TEXT || !text.is_empty() {
            S::push_text(text, self.key(key));
        }
    }

    fn f64(&mut self, key: &str, n: f64) {
        let out = self.key(key);
        if n.is_finite() { push_finite(n, out) } else { S::push_not_finite(name_of_not_finite(n), out) }
    }

    fn bool(&mut self, key: &str, value: bool) {
        self.key(key).push_str(if value { "true" } else { "false" });
    }

    fn added(&mut self, key: &str, value: AddedValue<'_>) {
        match value {
            AddedValue::Text(text) => self.text(key, text),
            AddedValue::U64(n) => push_u64(n, self.key(key)),
            AddedValue::I64(n) => push_i64(n, self.key(key)),
            AddedValue::F64(n) => self.f64(key, n),
            AddedValue::Bool(value) => self.bool(key, value),
        }
    }
}

/// Appends what the layer adds, but no key that the event has, or that `is_taken` knows.
pub(super) fn push_added<S: Syntax>(
    event: &Event<'_>,
    added: Option<&dyn AddedFields>,
    is_taken: impl Fn(&str) -> bool,
    out: &mut String,
) {
    let Some(added) = added else { return };
    added.visit(&mut |key, value| {
        if event.metadata().fields().field(key).is_none() && !is_taken(key) {
            Fields::<S>::new(out).added(key, value);
        }
    });
}

impl<S: Syntax> Visit for Fields<'_, S> {
    fn record_str(&mut self, field: &Field, text: &str) {
        self.text(field.name(), text);
    }

    fn record_u64(&mut self, field: &Field, n: u64) {
        push_u64(n, self.key(field.name()));
    }

    fn record_i64(&mut self, field: &Field, n: i64) {
        push_i64(n, self.key(field.name()));
    }

    fn record_f64(&mut self, field: &Field, n: f64) {
        self.f64(field.name(), n);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.bool(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.text(field.name(), &format!("{value:?}"));
    }
}

/// Returns the name of a float that is not finite, in Prometheus' spelling.
fn name_of_not_finite(n: f64) -> &'static str {
    if n.is_nan() {
        "NaN"
    } else if n > 0.0 {
        "+Inf"
    } else {
        "-Inf"
    }
}
