//! What this thread's subscriber is being shown: it stops recursion, and tells a layer the declaration.

use crate::schema::EventSchema;
use crate::sync::Entered;
use std::cell::Cell;
use std::thread::LocalKey;
use tracing::Metadata;

/// A metric event on its way through this thread's subscriber.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "log-lines"), expect(dead_code, reason = "only a layer of ours looks at it"))]
pub(super) struct Current {
    schema: &'static EventSchema,
    metadata: &'static Metadata<'static>,
}

thread_local! {
    // Without a destructor, so that it works while a thread ends.
    static CURRENT: Cell<Option<Current>> = const { Cell::new(None) };
}

/// Stands while this thread is inside a subscriber, so that a subscriber that records does not recurse.
pub(super) type Guard = Entered<LocalKey<Cell<Option<Current>>>>;

/// Enters the subscriber. Returns `None` if the thread is inside one already.
pub(super) fn enter(schema: &'static EventSchema, metadata: &'static Metadata<'static>) -> Option<Guard> {
    Entered::enter(&CURRENT, Current { schema, metadata })
}

/// What was declared for the event that has this metadata, if it is the one that the subscriber is being shown.
///
/// A `tracing` event carries its fields and no more. What a format needs beside them, the instruments and their units,
/// it finds here, at the cost of reading a thread-local.
#[cfg(feature = "log-lines")]
pub(super) fn schema(metadata: &Metadata<'_>) -> Option<&'static EventSchema> {
    let current = CURRENT.get()?;
    std::ptr::addr_eq(current.metadata, metadata).then_some(current.schema)
}
