//! A service that is half moved, quoted by the page.

use super::after::HttpMetrics;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use telemetry::Registry;
use telemetry::registry::RegisterError;

/// Takes the handle of the recorder that keeps what has not moved yet.
pub fn metrics(old: PrometheusHandle) -> Result<(Registry, Arc<dyn HttpMetrics>), RegisterError> {
    let registry = Registry::new();
    registry.join(move || old.render());
    let http = registry.register::<dyn HttpMetrics>()?;
    Ok((registry, Arc::new(http)))
}
