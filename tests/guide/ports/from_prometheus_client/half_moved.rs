//! A node that is half moved, quoted by the page.

use super::after::GossipsubMetrics;
use super::before::Metrics;
use prometheus_client::encoding::text::encode;
use std::sync::Arc;
use telemetry::Registry;
use telemetry::registry::RegisterError;

pub fn metrics() -> Result<(Registry, Metrics, Arc<dyn GossipsubMetrics>), RegisterError> {
    let registry = Registry::new();

    // Moved.
    let gossipsub = registry.register::<dyn GossipsubMetrics>()?;

    // Not yet. The old registry keeps these, and a scrape of the new one has them too.
    let mut old = prometheus_client::registry::Registry::default();
    let metrics = Metrics::new(&mut old);
    registry.join(move || {
        let mut text = String::new();
        encode(&mut text, &old).map_or_else(|_| String::new(), |()| text)
    });

    Ok((registry, metrics, Arc::new(gossipsub)))
}
