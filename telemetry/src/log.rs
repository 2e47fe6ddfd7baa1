//! The back end that writes one `tracing` event per call.

#[cfg(feature = "log-lines")]
mod lines;
mod policy;

#[cfg(feature = "log-lines")]
pub use lines::Lines;

use crate::label::{LabelSet, LabelValue, OTHER};
use crate::value::Number;
use crate::{Event, Sink};
use policy::Policies;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use tracing::dispatcher::get_default;
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing::{Level, Value};

/// An expansion refuses a method with more parameters than this less one, for the kind's own field.
const FIELDS_MAX: usize = 32;

/// Writes one [`tracing`] event per call, to whatever subscriber the caller's thread has.
///
/// Fields are typed: labels are text (integers where they are integers), values are numbers, durations are
/// seconds in `f64`. Names are static, and text is recorded as `&str`, so that a subscriber escapes it: no
/// label can forge a line or a key. What is written when is the declaration's `#[log(...)]`; the counts of
/// `every` belong to this instance.
///
/// A call takes as long as the subscriber does, and blocks if that does. It does not panic: a subscriber's
/// panic is contained (this needs `panic = "unwind"`), as is one in the destructor of a thread-local. A
/// subscriber that records metrics through a `Log` while it handles one does not recurse. Both are counted in
/// [`dropped`](Self::dropped); what `tracing` itself drops is not: a line without a subscriber, one below its
/// level, one while it handles another event of the same thread, one after its own thread-locals are gone. A call that a policy silences does not allocate after its event's first.
///
/// ```
/// use telemetry::{Log, metrics};
///
/// #[metrics]
/// pub trait Metrics {
///     /// Age of the oldest pending row.
///     #[gauge(name = "publisher_lag", unit = seconds)]
///     #[log("publisher.lag_seconds", every = 60, or_above = 30.0)]
///     fn set_publisher_lag(&self, seconds: f64);
/// }
///
/// tracing_subscriber::fmt().init();
/// let metrics = Log::default();
/// metrics.set_publisher_lag(2.5); // silent: the 60th call will be written
/// metrics.set_publisher_lag(31.0); // INFO metrics: gauge="publisher.lag_seconds" value=31.0
/// ```
#[derive(Debug, Default)]
pub struct Log {
    policies: Policies,
    dropped: AtomicU64,
}

impl Log {
    /// How many lines were lost because the subscriber panicked, or because it recorded a metric while it
    /// was handling one.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn drop_line(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

impl Sink for Log {
    fn record(&self, event: &Event<'_>) {
        let log = &event.schema().log;
        if !log.enabled || !self.policies.admit(event) || !wanted(log.level) {
            return;
        }
        let Some(_guard) = Guard::enter() else {
            return self.drop_line();
        };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| emit(event))) {
            self.drop_line();
            // What was thrown may panic when it is dropped; what that throws is not looked at.
            if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                std::mem::forget(second);
            }
        }
    }
}

/// Whether the binary and its subscribers take lines of this level at all.
fn wanted(level: Level) -> bool {
    level <= STATIC_MAX_LEVEL && level <= LevelFilter::current()
}

/// Stands while this thread is inside a subscriber, so that a subscriber that records does not recurse.
struct Guard;

thread_local! {
    // Without a destructor, so that it works while a thread ends.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

impl Guard {
    fn enter() -> Option<Guard> {
        if INSIDE.replace(true) { None } else { Some(Guard) }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        INSIDE.set(false);
    }
}

/// One event to the current subscriber, if it wants it: what `tracing::event!` does.
fn emit(event: &Event<'_>) {
    let site = event.site();
    let interest = site.callsite().interest();
    if interest.is_never() {
        return;
    }
    get_default(|dispatch| {
        if interest.is_always() || dispatch.enabled(site.metadata()) {
            send(event, |fields| {
                // `value_set_all` is hidden, but it is what tracing's own macros expand to in user crates.
                let fields = site.metadata().fields().value_set_all(fields);
                dispatch.event(&tracing::Event::new(site.metadata(), &fields));
            });
        }
    });
}

/// Lays the fields out on the stack: the kind's name, then labels, then values.
fn send(event: &Event<'_>, write: impl FnOnce(&[Option<&dyn Value>])) {
    let mut slots: [Slot<'_>; FIELDS_MAX] = [const { Slot::Absent }; FIELDS_MAX];
    let labels = event.labels().map(|label| Slot::label(label.schema.set, label.value));
    let values = event.values().map(|value| value.number.map_or(Slot::Absent, Slot::number));
    let mut len = 1;
    slots[0] = Slot::Str(event.schema().log.name);
    for (slot, field) in slots[1..].iter_mut().zip(labels.chain(values)) {
        *slot = field;
        len += 1;
    }
    let mut fields: [Option<&dyn Value>; FIELDS_MAX] = [None; FIELDS_MAX];
    for (field, slot) in fields.iter_mut().zip(&slots[..len]) {
        *field = slot.as_value();
    }
    write(&fields[..len]);
}

/// A field's value, kept for as long as a subscriber looks at it.
enum Slot<'a> {
    Absent,
    Str(&'a str),
    String(String),
    U64(u64),
    I64(i64),
    F64(f64),
}

impl<'a> Slot<'a> {
    fn label(set: LabelSet, value: LabelValue<'a>) -> Self {
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

    fn number(number: Number) -> Self {
        match number {
            Number::U64(n) => Slot::U64(n),
            Number::I64(n) => Slot::I64(n),
            Number::F64(n) => Slot::F64(n),
            Number::Duration(d) => Slot::F64(d.as_secs_f64()),
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
        }
    }
}
