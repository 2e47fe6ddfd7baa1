//! A service that is half moved, quoted by the page.

use super::after::InboundMetrics;
use super::before::NodeMetrics;
use prometheus::TextEncoder;
use std::sync::Arc;
use telemetry::Registry;
use telemetry::registry::RegisterError;

pub fn metrics() -> Result<(Registry, NodeMetrics, Arc<dyn InboundMetrics>), RegisterError> {
    let registry = Registry::new();

    // Moved.
    let inbound = registry.register::<dyn InboundMetrics>()?;

    // Not yet. The old registry keeps these, and a scrape of the new one has them too.
    let old = prometheus::Registry::new();
    let node = NodeMetrics::new(&old);
    registry.join(move || TextEncoder::new().encode_to_string(&old.gather()).unwrap_or_default());

    Ok((registry, node, Arc::new(inbound)))
}
