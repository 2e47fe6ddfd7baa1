//! A sink that adds the labels of a registration to what passes through it.

use super::Sink;
use crate::event::Event;
use crate::guard::GuardEdge;
use crate::label::LabelValue;
use crate::label::kept::Kept;
use crate::schema::{EventSchema, LabelSchema, Schema};
use crate::surface::RegistrationLabels;
use std::fmt;
use std::ptr;
use std::sync::Arc;

/// The most labels of a registration: an event of `tracing` has no room for more fields.
const LABELS_MAX: usize = 31;

/// A sink that adds the labels of a registration to each event and each edge of a guard, and passes them to
/// another sink. [`SinkAdapter::with`](super::SinkAdapter::with) makes one.
///
/// Events of another surface pass through as they are.
#[derive(Clone)]
pub struct Labeled<S> {
    sink: S,
    schemas: &'static [LabelSchema],
    labels: Arc<[Kept]>,
}

impl<S> Labeled<S> {
    /// Creates a sink that passes events to this one with these labels, which it owns.
    #[must_use]
    pub fn new<L: RegistrationLabels>(sink: S, labels: L) -> Self {
        labels.__with(|labels| Self::of(sink, L::__SCHEMA, labels))
    }

    /// Creates a sink with these values of a surface's labels.
    pub(crate) fn of(sink: S, schema: &Schema, labels: &[LabelValue<'_>]) -> Self {
        Labeled { sink, schemas: schema.labels, labels: labels.iter().map(Kept::new).collect() }
    }

    /// Returns the sink that takes the events.
    #[must_use]
    pub const fn sink(&self) -> &S {
        &self.sink
    }

    /// Calls `f` with the labels' values; with none for an event of another surface.
    fn with_values<R>(&self, event: &EventSchema, f: impl FnOnce(&[LabelValue<'_>]) -> R) -> R {
        if !ptr::eq(event.registration_labels, self.schemas) {
            return f(&[]);
        }
        let mut values = [LabelValue::None; LABELS_MAX];
        for (value, kept) in values.iter_mut().zip(&*self.labels) {
            *value = kept.value();
        }
        f(&values[..self.labels.len().min(LABELS_MAX)])
    }
}

impl<S: Sink> Sink for Labeled<S> {
    fn record(&self, event: &Event<'_>) {
        self.with_values(event.schema(), |labels| self.sink.record(&event.with_registration(labels)));
    }

    fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        self.with_values(edge.schema(), |labels| {
            edge.with_registration(&labels, |edge| self.sink.guard_edge(edge));
        });
    }
}

/// Prints the labels: `Labeled { pool: "orders", .. }`.
impl<S> fmt::Debug for Labeled<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Labeled");
        for (label, kept) in self.schemas.iter().zip(&*self.labels) {
            shown.field(label.param, &format_args!("{}", label.set.display(&kept.value())));
        }
        shown.finish_non_exhaustive()
    }
}
