//! What a registry is made from: constant labels, views, and how long final values stay.

use super::error::{BuildError, RegisterError};
use super::view::View;
use super::view::set::Views;
use super::{Registry, names, readers, self_metrics};
use std::time::Duration;

/// A builder of a [`Registry`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    constant_labels: Vec<(String, String)>,
    keep_removed: Option<Duration>,
    pub(super) views: Vec<(String, View)>,
}

impl Builder {
    /// Adds a label that every series of the registry has, such as `region` or `build`.
    #[must_use]
    pub fn constant_label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.constant_labels.push((key.into(), value.into()));
        self
    }

    /// Sets how long the final values of counters and histograms that have ended stay in what is read without
    /// a [`Reader`](super::Reader), as Prometheus does: 5 minutes by default.
    ///
    /// The default is as far as Prometheus looks back. With a longer interval between two scrapes, set a
    /// longer time here.
    #[must_use]
    pub fn keep_removed(mut self, time: Duration) -> Self {
        self.keep_removed = Some(time);
        self
    }

    /// Builds the registry.
    ///
    /// # Errors
    ///
    /// If a key is not a label name, is reserved, or is given twice; if a value is longer than 256 bytes.
    /// Reserved are `job` and `instance`, which a scrape adds, `le`, `quantile` and `__...`, and `reason` and
    /// `label`, which the registry's own metrics have. A program that pushes says what it is in the resource
    /// of OTLP: Prometheus makes `job` of `service.name`, and `instance` of `service.instance.id`.
    ///
    /// If two views have one name, or a view cannot be applied to the registry's own metrics.
    pub fn build(self) -> Result<Registry, BuildError> {
        names::check_constant_labels(&self.constant_labels)?;
        if let Err(RegisterError::ConstantLabel { key, .. }) =
            names::check_surface(self_metrics::schema(), &self.constant_labels)
        {
            return Err(BuildError::Reserved(key));
        }
        let views = Views::new(self.views)?;
        views.of_surface(self_metrics::schema())?;
        Ok(Registry::with(self.constant_labels, self.keep_removed.unwrap_or(readers::KEEP), views))
    }
}
