//! A reader that says what has arrived.

use super::Registry;
use super::read::snapshot::Snapshot;
use super::readers::{Readers, Token};
use std::fmt;
use std::sync::Arc;

/// A reader that says what has arrived, for exporters that push.
///
/// A series that has ended keeps its final value until each reader has delivered it. Whoever reads by
/// [`Registry::collect`] alone does not say what it delivers: for such readers the final values stay for
/// [some time](super::Builder::keep_removed). Dropping the reader ends the waiting for it.
///
/// Created by [`Registry::reader`].
///
/// # Examples
///
/// ```
/// use telemetry::registry::{Registry, Snapshot};
///
/// let registry = Registry::new();
/// let mut reader = registry.reader();
/// let mut snapshot = Snapshot::default();
/// reader.collect(&mut snapshot);
/// // .. send it, and if it has arrived:
/// reader.delivered();
/// ```
pub struct Reader {
    registry: Registry,
    token: Arc<Token>,
    /// The last collection.
    collected: u64,
}

impl Reader {
    pub(super) fn new(registry: &Registry, readers: &Readers) -> Self {
        Reader { registry: registry.clone(), token: readers.token(), collected: 0 }
    }

    /// Reads the state of every series, like [`Registry::collect`].
    pub fn collect(&mut self, snapshot: &mut Snapshot) {
        self.collected = self.registry.collect_for(snapshot, false).number();
    }

    /// Notes that all that the last collection gave has arrived, or will never arrive.
    pub fn delivered(&mut self) {
        self.token.delivered(self.collected);
    }

    /// Returns the registry.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("collected", &self.collected).finish_non_exhaustive()
    }
}
