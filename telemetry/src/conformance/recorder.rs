//! The sink that a decorator wraps in a conformance test. It keeps what arrives: events, and edges of guards.

use super::call::MadeCall;
use crate::event::Event;
use crate::guard::GuardEdge;
use crate::mock::Record;
use crate::sink::Sink;
use crate::sync::unpoisoned;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A sink that keeps every event. Clones share the events. `SinkAdapter<Recorder>` implements every surface.
///
/// Its guards have a clock of its own, which no other clock reads.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Arrived>>);

/// The events and edges since the last `take`.
#[derive(Debug, Default)]
struct Arrived {
    events: Vec<Record>,
    /// The number of edges of guards.
    edges: usize,
    /// The time that the last edge was given.
    time: Option<Instant>,
}

/// The time between two edges.
const STEP: Duration = Duration::from_hours(1);

impl Recorder {
    /// Removes and returns the events that have arrived.
    #[must_use = "the calls are gone from the recorder"]
    pub fn take(&self) -> Vec<Record> {
        let mut arrived = unpoisoned(self.0.lock());
        arrived.edges = 0;
        std::mem::take(&mut arrived.events)
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

    /// Verifies that exactly one edge has arrived, and that it has the time that it was given here.
    pub(super) fn expect_edge(&self, time: Option<Instant>) -> Result<(), String> {
        let mut arrived = unpoisoned(self.0.lock());
        match std::mem::take(&mut arrived.edges) {
            1 if time == arrived.time => Ok(()),
            0 => Err("does not arrive at the wrapped implementation: what is in flight is not counted, and its \
                      clock is not read\nhelp: write in the decorator, where `self.0` is what it wraps:\n\n    \
                      fn guard_edge(&self, edge: &mut telemetry::GuardEdge<'_>) { self.0.guard_edge(edge) }"
                .to_owned()),
            1 => Err("has another time than the wrapped implementation set\nhelp: do not call `set_clock` in the \
                      decorator's `guard_edge`"
                .to_owned()),
            several => Err(format!(
                "arrives {several} times at the wrapped implementation\nhelp: call `guard_edge` of what the \
                 decorator wraps once: each call counts in flight"
            )),
        }
    }
}

impl Sink for Recorder {
    fn record(&self, event: &Event<'_>) {
        unpoisoned(self.0.lock()).events.push(Record::from(event));
    }

    fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        let mut arrived = unpoisoned(self.0.lock());
        arrived.edges += 1;
        let last = arrived.time.unwrap_or_else(Instant::now);
        let now = last.checked_add(STEP).unwrap_or(last);
        arrived.time = Some(now);
        edge.set_clock(now);
    }
}
