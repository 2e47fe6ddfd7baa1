//! Several pools, quoted by the page.

use std::sync::Arc;
use telemetry::registry::RegisterError;
use telemetry::{Label, Registry, metrics};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// The name of a pool.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 16)]
pub struct Name<'a>(pub &'a str);

#[metrics(namespace = "pool", labels(pool: Name<'_>))]
pub trait Metrics {
    /// Connections in use.
    #[counter(name = "checkouts")]
    #[up_down_counter(in_flight, name = "connections_in_use")]
    fn uses(&self);

    /// Connections that the pool may open.
    #[gauge]
    fn set_size(&self, connections: u64);
}

pub struct Pool {
    permits: Arc<Semaphore>,
    metrics: Arc<dyn Metrics>,
}

/// A connection of the pool; it goes back when it is dropped.
pub struct Pooled {
    _permit: OwnedSemaphorePermit,
    _in_use: MetricsUsesGuard<Arc<dyn Metrics>>,
}

impl Pool {
    pub fn new(name: &str, size: u32, registry: &Registry) -> Result<Self, RegisterError> {
        let metrics = registry.register_with::<dyn Metrics>(MetricsLabels { pool: Name(name) })?;
        metrics.set_size(size.into());
        Ok(Pool { permits: Arc::new(Semaphore::new(size as usize)), metrics: Arc::new(metrics) })
    }

    pub async fn get(&self) -> Result<Pooled, AcquireError> {
        let permit = self.permits.clone().acquire_owned().await?;
        Ok(Pooled { _permit: permit, _in_use: self.metrics.start_uses() })
    }
}
