//! One recorded call, with its full text.

use crate::context::{ContextValue, text_of};
use crate::event::Event;
use crate::label::LabelValue;
pub(super) use crate::label::kept::Kept;
use crate::schema::EventSchema;
use crate::value::Number;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ptr;
use std::sync::Arc;

/// One recorded call of any method of any surface. Two records are equal if they have the same method with
/// equal labels, values and context; floats are compared by their bits, and what implements `Display` by its
/// text. The labels of the registration are not compared.
///
/// `Debug` prints the call: `failures(stage="lease")`.
#[derive(Clone)]
pub struct Record {
    event: &'static EventSchema,
    /// The labels of the registration, if the back end has any. They belong to the back end, not to the call.
    registration: Option<Arc<[Kept]>>,
    labels: Box<[Kept]>,
    values: Box<[Option<Number>]>,
    context: Box<[KeptContext]>,
}

/// The typed form of a [`Record`]: `MetricsCall` of a trait `Metrics`.
pub trait Call: From<Record> + AsRef<Record> + Clone + PartialEq + fmt::Debug {}

impl<C: From<Record> + AsRef<Record> + Clone + PartialEq + fmt::Debug> Call for C {}

/// A context value that outlives the call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum KeptContext {
    Text(Box<str>),
    Number(Number),
    Bool(bool),
    None,
}

impl KeptContext {
    fn new(value: &ContextValue<'_>) -> Self {
        match value {
            ContextValue::Text(text) => KeptContext::Text((*text).into()),
            ContextValue::Display(display) => KeptContext::Text(text_of(*display, usize::MAX).into()),
            ContextValue::Number(number) => KeptContext::Number(*number),
            ContextValue::Bool(bool) => KeptContext::Bool(*bool),
            ContextValue::None => KeptContext::None,
        }
    }

    fn value(&self) -> ContextValue<'_> {
        match self {
            KeptContext::Text(text) => ContextValue::Text(text),
            KeptContext::Number(number) => ContextValue::Number(*number),
            KeptContext::Bool(bool) => ContextValue::Bool(*bool),
            KeptContext::None => ContextValue::None,
        }
    }
}

impl Record {
    /// For expansions: creates a record without context. Labels and values are in the order of the schema.
    #[doc(hidden)]
    #[must_use]
    pub fn new(event: &'static EventSchema, labels: &[LabelValue<'_>], values: &[Option<Number>]) -> Self {
        let labels = labels.iter().map(Kept::new).collect();
        Record { event, registration: None, labels, values: values.into(), context: Box::default() }
    }

    /// For expansions: adds the context, in the order of the schema.
    #[doc(hidden)]
    #[must_use]
    pub fn with_context(mut self, context: &[ContextValue<'_>]) -> Self {
        self.context = context.iter().map(KeptContext::new).collect();
        self
    }

    /// Adds the labels of the registration, unless the call came with its own.
    pub(super) fn with_registration(mut self, labels: Option<&Arc<[Kept]>>) -> Self {
        self.registration = self.registration.or_else(|| labels.cloned());
        self
    }

    /// Returns the label with this index that was given at registration.
    #[must_use]
    pub fn registration_label(&self, index: usize) -> LabelValue<'_> {
        let labels = self.registration.as_deref().unwrap_or_default();
        labels.get(index).map_or(LabelValue::None, Kept::value)
    }

    /// Returns the declaration of the called method.
    #[must_use]
    pub const fn event(&self) -> &'static EventSchema {
        self.event
    }

    /// Returns whether this is a call of that method.
    pub(super) fn is(&self, event: &'static EventSchema) -> bool {
        ptr::eq(self.event, event)
    }

    /// Returns the value parameters.
    pub(super) fn numbers(&self) -> &[Option<Number>] {
        &self.values
    }

    /// Returns the call as text, with `[duration]` in place of each duration, and `[time]` of each time.
    pub(super) fn masked(&self) -> String {
        struct Masked<'a>(&'a Record);

        impl fmt::Display for Masked<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt_with(f, |number| match number {
                    Number::Duration(_) => "[duration]".to_owned(),
                    Number::Time(_) => "[time]".to_owned(),
                    number => number.to_string(),
                })
            }
        }
        Masked(self).to_string()
    }

    fn fmt_with<D: fmt::Display>(
        &self,
        f: &mut fmt::Formatter<'_>,
        show: impl Fn(Number) -> D,
    ) -> fmt::Result {
        let labels = self.labels.iter().map(Kept::value);
        let context = self.context.iter().map(KeptContext::value);
        let registration = self.registration.as_deref().unwrap_or_default().iter().map(Kept::value);
        self.event.fmt_call(
            registration,
            labels,
            self.values.iter().map(|value| value.map(&show)),
            context,
            f,
        )
    }

    pub(super) fn has(&self, label: usize, value: &Kept) -> bool {
        self.labels.get(label) == Some(value)
    }

    /// Returns the label parameter with this index.
    #[must_use]
    pub fn label(&self, index: usize) -> LabelValue<'_> {
        self.labels.get(index).map_or(LabelValue::None, Kept::value)
    }

    /// Returns the value parameter with this index, or `None` if it was absent.
    #[must_use]
    pub fn value(&self, index: usize) -> Option<Number> {
        self.values.get(index).copied().flatten()
    }

    /// Returns the context parameter with this index. What implements `Display` is its text.
    #[must_use]
    pub fn context(&self, index: usize) -> ContextValue<'_> {
        self.context.get(index).map_or(ContextValue::None, KeptContext::value)
    }

    /// Returns the texts of the context.
    pub(super) fn context_texts(&self) -> impl Iterator<Item = &str> {
        self.context.iter().filter_map(|kept| match kept {
            KeptContext::Text(text) => Some(&**text),
            KeptContext::Number(_) | KeptContext::Bool(_) | KeptContext::None => None,
        })
    }

    /// Returns the texts of the labels.
    pub(super) fn texts(&self) -> impl Iterator<Item = String> {
        let registration = self.registration.as_deref().unwrap_or_default();
        let registration = self.event.registration_labels.iter().zip(registration);
        let labels = registration.chain(self.event.labels.iter().zip(&self.labels));
        labels.filter_map(|(schema, kept)| schema.set.text(&kept.value()).map(String::from))
    }
}

/// Converts an event that came through the hook. Its text is cut already.
impl From<&Event<'_>> for Record {
    fn from(event: &Event<'_>) -> Self {
        let registration: Vec<_> = event.registration_labels().map(|label| Kept::new(&label.value)).collect();
        Record {
            event: event.schema(),
            registration: (!registration.is_empty()).then(|| registration.into()),
            labels: event.labels().map(|label| Kept::new(&label.value)).collect(),
            values: event.values().map(|value| value.number).collect(),
            context: event.context().map(|context| KeptContext::new(&context.value)).collect(),
        }
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.is(other.event)
            && self.labels == other.labels
            && self.values == other.values
            && self.context == other.context
    }
}

impl Eq for Record {}

impl Hash for Record {
    fn hash<H: Hasher>(&self, state: &mut H) {
        ptr::from_ref(self.event).hash(state);
        self.labels.hash(state);
        self.values.hash(state);
        self.context.hash(state);
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_with(f, |number| number)
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, KeptContext, Record};
    use crate::value::Number;

    #[test]
    fn a_call_takes_the_bytes_that_the_docs_of_keep_last_name() {
        assert_eq!(size_of::<Record>(), 72);
        assert_eq!(size_of::<Kept>().max(size_of::<KeptContext>()), 24);
        assert!(size_of::<Option<Number>>() <= 24);
    }
}
