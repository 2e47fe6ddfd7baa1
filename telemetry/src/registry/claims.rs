//! Names that exporters hold as long as they live.

use crate::sync::{Mutex, lock};
use std::sync::{Arc, Weak};

/// The names that are held.
#[derive(Default)]
pub struct Claims(Mutex<Vec<(&'static str, Weak<()>)>>);

/// The name of a running exporter. Dropping it sets the name free.
///
/// Created by [`Registry::claim_name`](crate::Registry::claim_name).
#[derive(Debug)]
pub struct NameClaim {
    name: &'static str,
    _alive: Arc<()>,
}

impl NameClaim {
    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl Claims {
    /// Claims the first of `names` that nobody holds, or else the last.
    pub fn claim(&self, names: &'static [&'static str]) -> NameClaim {
        let mut held = lock(&self.0);
        held.retain(|(_, alive)| alive.strong_count() > 0);
        let free = names.iter().find(|name| !held.iter().any(|(other, _)| other == *name));
        let name = free.or(names.last()).copied().unwrap_or_default();
        let alive = Arc::new(());
        held.push((name, Arc::downgrade(&alive)));
        NameClaim { name, _alive: alive }
    }
}
