//! When a line is written: `every`, `or_above`, `or_below` and `skip_zero`, with counts per instance.

use crate::Event;
use crate::label::{LabelSet, LabelValue};
use crate::schema::{EventSchema, LabelSchema, LogSchema};
use crate::value::Number;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The counts of one `Log`, an entry per event that has `every`.
///
/// A list that only grows: an entry is found without a lock, and adding one allocates once per event. It is
/// as long as there are such events, a handful.
#[derive(Debug, Default)]
pub(super) struct Policies {
    first: OnceLock<Box<Entry>>,
}

#[derive(Debug)]
struct Entry {
    event: &'static EventSchema,
    /// Calls so far, per series of the closed labels.
    calls: Box<[AtomicU64]>,
    next: OnceLock<Box<Entry>>,
}

impl Policies {
    /// Whether this call is written. Counts it.
    pub(super) fn admit(&self, event: &Event<'_>) -> bool {
        let schema = event.schema();
        let log = &schema.log;
        let number = event.values().nth(log.on).and_then(|value| value.number);
        if log.skip_zero && number.is_some_and(Number::is_zero) {
            return false;
        }
        let due = log.every > 0 && self.count(event).is_multiple_of(u64::from(log.every));
        due || number.is_some_and(|number| past_threshold(log, number.as_f64())) || is_unconditional(log)
    }

    /// The number of this call within its series, from 1.
    fn count(&self, event: &Event<'_>) -> u64 {
        let calls = self.calls(event.schema());
        let series = series(event);
        calls.get(series).map_or(0, |calls| calls.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn calls(&self, event: &'static EventSchema) -> &[AtomicU64] {
        let mut link = &self.first;
        loop {
            if let Some(entry) = link.get() {
                if ptr::eq(entry.event, event) {
                    return &entry.calls;
                }
                link = &entry.next;
            } else {
                // Built before it is offered: nothing of ours runs inside the lock. If another thread was
                // first, the loop looks at what that thread put here.
                let _ = link.set(Box::new(Entry::new(event)));
            }
        }
    }
}

impl Entry {
    fn new(event: &'static EventSchema) -> Self {
        let calls = (0..event.places()).map(|_| AtomicU64::new(0)).collect();
        Entry { event, calls, next: OnceLock::new() }
    }
}

fn is_unconditional(log: &LogSchema) -> bool {
    log.every == 0 && log.or_above.is_none() && log.or_below.is_none()
}

fn past_threshold(log: &LogSchema, number: f64) -> bool {
    log.or_above.is_some_and(|bound| number > bound) || log.or_below.is_some_and(|bound| number < bound)
}

/// The place of a call among the combinations of the event's labels.
fn series(event: &Event<'_>) -> usize {
    event.labels().fold(0, |series, label| series * places(label.schema) + place(label.schema, &label.value))
}

/// How many places a label has; the build has seen that they are few.
fn places(schema: &LabelSchema) -> usize {
    usize::try_from(schema.places()).unwrap_or(usize::MAX)
}

/// The place of a value among its label's.
fn place(schema: &LabelSchema, value: &LabelValue<'_>) -> usize {
    let absent = places(schema) - 1;
    let start = if let LabelSet::Range { start, .. } = schema.set { i128::from(start) } else { 0 };
    let from_start = |n: i128| usize::try_from(n - start).unwrap_or(absent - 1);
    match value {
        LabelValue::None => absent,
        value if !schema.set.admits(value) => absent - 1,
        LabelValue::Closed(index) => *index as usize,
        LabelValue::U64(n) => from_start(i128::from(*n)),
        LabelValue::I64(n) => from_start(i128::from(*n)),
        LabelValue::Text(_) => absent - 1,
    }
}
