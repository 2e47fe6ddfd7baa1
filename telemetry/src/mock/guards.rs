//! The mock's side of guards: the clock that they read, and those that have not ended.

use crate::contain::contained;
use crate::schema::EventSchema;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A guard that has started and not ended.
#[derive(Clone, Copy)]
pub(super) struct OpenGuard {
    event: &'static EventSchema,
    location: &'static Location<'static>,
}

impl fmt::Debug for OpenGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} started at {}", self.event.name, self.location)
    }
}

/// The guards of a mock and its clones that have not ended, in the order of their starts.
#[derive(Default)]
pub(super) struct OpenGuards {
    /// By the order of their starts.
    guards: BTreeMap<u64, OpenGuard>,
    started: u64,
}

impl OpenGuards {
    /// Adds a guard, and returns its id.
    pub(super) fn start(&mut self, event: &'static EventSchema, location: &'static Location<'static>) -> u64 {
        self.started += 1;
        self.guards.insert(self.started, OpenGuard { event, location });
        self.started
    }

    pub(super) fn end(&mut self, id: u64) {
        self.guards.remove(&id);
    }

    pub(super) fn all(&self) -> Vec<OpenGuard> {
        self.guards.values().copied().collect()
    }
}

/// The clock of a mock: it stands until it is advanced, or follows a function.
#[derive(Clone)]
pub(super) enum Clock {
    Standing(Instant),
    Following(Arc<dyn Fn() -> Instant + Send + Sync>),
}

impl Default for Clock {
    fn default() -> Self {
        Clock::Standing(Instant::now())
    }
}

impl Clock {
    /// Returns the time. If the function panics, it is now.
    pub(super) fn now(&self) -> Instant {
        match self {
            Clock::Standing(now) => *now,
            Clock::Following(clock) => contained(|| clock()).unwrap_or_else(Instant::now),
        }
    }

    /// Moves a standing clock forward. Returns `false` for one that follows a function.
    pub(super) fn advance(&mut self, by: Duration) -> bool {
        match self {
            Clock::Standing(now) => {
                *now = now.checked_add(by).unwrap_or(*now);
                true
            }
            Clock::Following(_) => false,
        }
    }
}
