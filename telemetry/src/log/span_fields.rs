//! Keeps the fields of spans that a layer writes on metric lines, in the spans themselves.

use super::added::AddedValue;
use crate::context::{TEXT_MAX, text_of};
use crate::schema::check::LOG_KEYS;
use std::fmt::Debug;
use std::sync::Arc;
use tracing::field::{Field, Visit};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// A field of spans that a layer writes.
#[derive(Debug)]
pub(super) struct Name {
    field: Box<str>,
    /// The key on the line: the field's name, with `_` for all that is no part of a word.
    key: Box<str>,
}

impl Name {
    /// Returns the names in their order, but for those whose key comes a second time, or is one that lines
    /// have themselves.
    pub(super) fn all(fields: impl IntoIterator<Item = impl Into<String>>) -> Arc<[Name]> {
        let mut names: Vec<Name> = Vec::new();
        for field in fields {
            let field = field.into();
            let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
            let key = field.replace(|c| !in_word(c), "_");
            let is_taken = LOG_KEYS.contains(&&*key) || names.iter().any(|name| *name.key == *key);
            if !key.is_empty() && !is_taken {
                names.push(Name { field: field.into(), key: key.into() });
            }
        }
        names.into()
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Returns whether a span or an event has the field.
    pub(super) fn is_in(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.fields().field(&*self.field).is_some()
    }
}

/// The fields that a span has of those that layers write. All layers of a subscriber share it.
#[derive(Debug, Default)]
pub(super) struct Kept(Vec<(&'static str, Value)>);

#[derive(Debug)]
enum Value {
    Text(String),
    U64(u64),
    I64(i64),
    F64(f64),
    Bool(bool),
}

impl Kept {
    pub(super) fn get(&self, name: &Name) -> Option<AddedValue<'_>> {
        let (_, value) = self.0.iter().find(|(field, _)| *field == &*name.field)?;
        Some(match value {
            Value::Text(text) => AddedValue::Text(text),
            Value::U64(n) => AddedValue::U64(*n),
            Value::I64(n) => AddedValue::I64(*n),
            Value::F64(n) => AddedValue::F64(*n),
            Value::Bool(value) => AddedValue::Bool(*value),
        })
    }

    /// Sets the values in their order: a span can have a field twice.
    fn set_all(&mut self, values: Vec<(&'static str, Value)>) {
        for (field, value) in values {
            self.set(field, value);
        }
    }

    fn set(&mut self, field: &'static str, value: Value) {
        match self.0.iter_mut().find(|(own, _)| *own == field) {
            Some((_, own)) => *own = value,
            None => self.0.push((field, value)),
        }
    }
}

/// Keeps the values that `record` passes to the visitor, if they are of these fields.
///
/// Formats them before it locks the span: `Debug` and `Display` are code of the program, which may ask for
/// the span.
pub(super) fn keep<'s>(
    names: &[Name],
    span: Option<SpanRef<'s, impl LookupSpan<'s>>>,
    record: impl FnOnce(&mut dyn Visit),
) {
    let mut seen = Seen { names, values: Vec::new() };
    record(&mut seen);
    let Some(span) = span.filter(|_| !seen.values.is_empty()) else { return };
    let mut extensions = span.extensions_mut();
    if let Some(kept) = extensions.get_mut::<Kept>() {
        kept.set_all(seen.values);
    } else {
        let mut kept = Kept::default();
        kept.set_all(seen.values);
        extensions.insert(kept);
    }
}

/// The values that were recorded.
struct Seen<'a> {
    names: &'a [Name],
    values: Vec<(&'static str, Value)>,
}

impl Seen<'_> {
    fn add(&mut self, field: &Field, value: impl FnOnce() -> Value) {
        if self.names.iter().any(|name| *name.field == *field.name()) {
            self.values.push((field.name(), value()));
        }
    }
}

impl Visit for Seen<'_> {
    fn record_str(&mut self, field: &Field, text: &str) {
        self.add(field, || Value::Text(text_of(&text, TEXT_MAX)));
    }

    fn record_u64(&mut self, field: &Field, n: u64) {
        self.add(field, || Value::U64(n));
    }

    fn record_i64(&mut self, field: &Field, n: i64) {
        self.add(field, || Value::I64(n));
    }

    fn record_f64(&mut self, field: &Field, n: f64) {
        self.add(field, || Value::F64(n));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, || Value::Bool(value));
    }

    /// Takes every other type. For `%value` this is its `Display`.
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, || Value::Text(text_of(&format_args!("{value:?}"), TEXT_MAX)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_words_of_their_own() {
        let names =
            Name::all(["request_id", "http.method", "a b=\"c\"", "time", "", "a_b__c_", "request_id"]);
        let keys: Vec<&str> = names.iter().map(Name::key).collect();
        assert_eq!(keys, ["request_id", "http.method", "a_b__c_"]);
    }
}
