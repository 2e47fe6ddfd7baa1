//! The registry behind a mock, which adds up its calls.

use super::record::{Kept, Record};
use crate::guard::GuardEdge;
use crate::label::LabelValue;
use crate::registry::{Handle, RegisterError, Registry, Snapshot};
use crate::schema::Schema;
use std::sync::Arc;

/// A registry with the mock's surface.
pub(super) struct Totals {
    registry: Registry,
    handle: Arc<Handle>,
}

impl Totals {
    pub(super) fn new(schema: &'static Schema, labels: Option<&[Kept]>) -> Result<Self, RegisterError> {
        let registry = Registry::new();
        // A mock that was made without the labels of its registration has none of them.
        let labels: Vec<_> = match labels {
            Some(labels) => labels.iter().map(Kept::value).collect(),
            None => vec![LabelValue::None; schema.labels.len()],
        };
        let handle = registry.register_schema(schema, &labels, false)?;
        Ok(Totals { registry, handle })
    }

    /// Adds a call.
    pub(super) fn record(&self, record: &Record) {
        let event = record.event();
        let labels = event.labels.iter().enumerate();
        let labels: Vec<_> = labels.map(|(index, label)| label.set.limit(record.label(index))).collect();
        self.handle.record(event, &labels, record.numbers());
    }

    /// Counts the start or the end of an operation in flight.
    pub(super) fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        self.handle.guard_edge(edge);
    }

    /// Returns a snapshot without the registry's own metrics.
    pub(super) fn snapshot(&self) -> Snapshot {
        let mut snapshot = self.registry.snapshot();
        snapshot.remove_own();
        snapshot
    }
}
