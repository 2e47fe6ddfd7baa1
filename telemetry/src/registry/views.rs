//! Takes views for a registry, and checks them.

use super::view::{View, ViewError};
use super::{Builder, Registry};
use crate::sync::lock;

impl Builder {
    /// Adds a view: a change of what readers see of the instrument of this name.
    ///
    /// Checked as far as the schemas are known: by [`build`](Self::build) for the registry's own metrics, by
    /// registering a surface for that surface's, and by [`Registry::check_views`] for a name that no surface
    /// has.
    #[must_use]
    pub fn view(mut self, name: impl Into<String>, view: View) -> Self {
        self.views.push((name.into(), view));
        self
    }
}

impl Registry {
    /// Checks that each view has found its instrument. Call it once all surfaces are registered: a name with
    /// a typo changes nothing.
    ///
    /// A program that does not call it has a warning of `tracing` under the target `telemetry` when the
    /// registry is first read.
    ///
    /// # Errors
    ///
    /// If no registered surface has the name of a view. The error says which names there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::Registry;
    /// use telemetry::registry::View;
    ///
    /// let registry = Registry::builder().view("telemetry_droped", View::off()).build()?;
    /// assert_eq!(
    ///     registry.check_views().unwrap_err().to_string(),
    ///     "a view names `telemetry_droped`, which no registered surface has; did you mean `telemetry_dropped`?",
    /// );
    /// # Ok::<(), telemetry::registry::BuildError>(())
    /// ```
    pub fn check_views(&self) -> Result<(), ViewError> {
        lock(&self.inner.surfaces).views.check()
    }
}
