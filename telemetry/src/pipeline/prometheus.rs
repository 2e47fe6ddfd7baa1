//! The settings of the Prometheus endpoint, and its start.

use super::settings::settings;
use super::{Running, StartError};
use crate::registry::Registry;

settings! {
    /// Where Prometheus scrapes.
    Prometheus {
        /// The address to listen at, `127.0.0.1:9464` by default: this machine alone can reach it.
        listen: String,
        /// The path, `/metrics` by default; it begins with `/`.
        path: String,
    }
}

impl Prometheus {
    #[cfg(feature = "prometheus-server")]
    pub(super) fn start(&self, registry: &Registry) -> Result<Running, StartError> {
        /// The port that OpenTelemetry gives to exporters of this kind.
        const DEFAULT: &str = "127.0.0.1:9464";
        let mut config = crate::prometheus::Config::default();
        if let Some(path) = &self.path {
            if !path.starts_with('/') {
                return Err(StartError::Path(path.clone()));
            }
            config = config.path(path.clone());
        }
        Ok(Running::Server(config.serve(self.listen.as_deref().unwrap_or(DEFAULT), registry)?))
    }

    #[cfg(not(feature = "prometheus-server"))]
    #[allow(clippy::unused_self, reason = "as with the feature")]
    pub(super) fn start(&self, _: &Registry) -> Result<Running, StartError> {
        Err(StartError::NotBuilt(super::Backend::Prometheus))
    }
}
