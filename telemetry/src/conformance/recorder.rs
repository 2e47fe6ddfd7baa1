//! The sink that a decorator wraps in a conformance test. It keeps the events that arrive.

use super::call::MadeCall;
use crate::event::Event;
use crate::mock::Record;
use crate::sink::Sink;
use crate::sync::unpoisoned;
use std::sync::{Arc, Mutex};

/// A sink that keeps every event. Clones share the events. `SinkAdapter<Recorder>` implements every surface.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Vec<Record>>>);

impl Recorder {
    /// Removes and returns the events that have arrived.
    #[must_use = "the calls are gone from the recorder"]
    pub fn take(&self) -> Vec<Record> {
        std::mem::take(&mut *unpoisoned(self.0.lock()))
    }

    /// Verifies that exactly this call has arrived.
    pub(super) fn expect(&self, made: &MadeCall<'_>) -> Result<(), String> {
        let schema = made.site.schema();
        let labels = schema.labels.iter().zip(&made.arguments.labels);
        let labels: Vec<_> = labels.map(|(label, value)| label.set.limit(*value)).collect();
        let expected = Record::new(schema, &labels, &made.arguments.values);
        let expected = expected.with_context(&made.arguments.context);
        let arrived = self.take();
        match arrived.as_slice() {
            [one] if *one == expected => Ok(()),
            [] => Err("does not arrive at the wrapped implementation".to_owned()),
            [one] => Err(format!("arrives as `{one:?}` at the wrapped implementation")),
            several => Err(format!("arrives {} times at the wrapped implementation", several.len())),
        }
    }
}

impl Sink for Recorder {
    fn record(&self, event: &Event<'_>) {
        unpoisoned(self.0.lock()).push(Record::from(event));
    }
}
