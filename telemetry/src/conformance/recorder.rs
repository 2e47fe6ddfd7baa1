//! What a decorator wraps in a conformance test: it keeps what arrives.

use super::Made;
use crate::event::{Event, Sink};
use crate::mock::Record;
use crate::sync::unpoisoned;
use std::sync::{Arc, Mutex};

/// Keeps every event; clones share them. As `SinkAdapter<Recorder>` it implements every surface.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Vec<Record>>>);

impl Recorder {
    /// What has arrived, and forgets it.
    #[must_use = "the calls are gone from the recorder"]
    pub fn take(&self) -> Vec<Record> {
        std::mem::take(&mut *unpoisoned(self.0.lock()))
    }

    /// Whether this call has arrived, and nothing else.
    pub(super) fn expect(&self, made: &Made<'_>) -> Result<(), String> {
        let schema = made.site.schema();
        let labels = schema.labels.iter().zip(&made.arguments.labels);
        let labels: Vec<_> = labels.map(|(label, value)| label.set.limit(*value)).collect();
        let expected = Record::new(schema, &labels, &made.arguments.values);
        let arrived = self.take();
        match arrived.as_slice() {
            [one] if *one == expected => Ok(()),
            [] => Err("does not arrive at what is wrapped".to_owned()),
            [one] => Err(format!("arrives as `{one:?}` at what is wrapped")),
            several => Err(format!("arrives {} times at what is wrapped", several.len())),
        }
    }
}

impl Sink for Recorder {
    fn record(&self, event: &Event<'_>) {
        unpoisoned(self.0.lock()).push(Record::from(event));
    }
}
