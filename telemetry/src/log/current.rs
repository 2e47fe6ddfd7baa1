//! The metric event that this thread's subscriber is handling: stops recursion, and gives a layer the
//! declaration.

use crate::schema::EventSchema;
use crate::sync::Entered;
use std::cell::Cell;
use std::thread::LocalKey;
use tracing::Metadata;

/// A metric event on its way through this thread's subscriber.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "log-lines"), expect(dead_code, reason = "only our layer reads it"))]
pub(super) struct Current {
    schema: &'static EventSchema,
    metadata: &'static Metadata<'static>,
}

thread_local! {
    // Without a destructor, so that it works while a thread ends.
    static CURRENT: Cell<Option<Current>> = const { Cell::new(None) };
}

/// Exists while this thread is inside a subscriber, so that a subscriber that records metrics does not
/// recurse.
pub(super) type Guard = Entered<LocalKey<Cell<Option<Current>>>>;

/// Marks the thread as inside a subscriber. Returns `None` if it is inside one already.
pub(super) fn enter(schema: &'static EventSchema, metadata: &'static Metadata<'static>) -> Option<Guard> {
    Entered::enter(&CURRENT, Current { schema, metadata })
}

/// Returns the declaration of the event with this metadata, if the subscriber is handling that event.
///
/// A `tracing` event carries its fields only. A format finds the instruments and their units here, at the
/// cost of reading a thread-local.
#[cfg(feature = "log-lines")]
pub(super) fn schema(metadata: &Metadata<'_>) -> Option<&'static EventSchema> {
    let current = CURRENT.get()?;
    std::ptr::addr_eq(current.metadata, metadata).then_some(current.schema)
}
