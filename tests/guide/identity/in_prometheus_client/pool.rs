//! Several pools in `prometheus-client`.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Labels {
    pub pool: String,
}

#[derive(Clone)]
pub struct Families {
    checkouts: Family<Labels, Counter>,
    in_use: Family<Labels, Gauge>,
    size: Family<Labels, Gauge>,
}

impl Families {
    pub fn new(registry: &mut Registry) -> Self {
        let families =
            Families { checkouts: Family::default(), in_use: Family::default(), size: Family::default() };
        let registry = registry.sub_registry_with_prefix("pool");
        registry.register("checkouts", "Connections in use", families.checkouts.clone());
        registry.register("connections_in_use", "Connections in use", families.in_use.clone());
        registry.register("size", "Connections that the pool may open", families.size.clone());
        families
    }
}

/// The metrics of one pool. Its series go with the last one who uses it.
struct Metrics {
    families: Families,
    labels: Labels,
    checkouts: Counter,
    in_use: Gauge,
}

impl Metrics {
    fn new(families: &Families, pool: &str) -> Self {
        let labels = Labels { pool: pool.to_owned() };
        Metrics {
            checkouts: families.checkouts.get_or_create_owned(&labels),
            in_use: families.in_use.get_or_create_owned(&labels),
            families: families.clone(),
            labels,
        }
    }

    fn start_use(self: &Arc<Self>) -> Use {
        self.in_use.inc();
        Use { metrics: self.clone() }
    }
}

impl Drop for Metrics {
    fn drop(&mut self) {
        self.families.checkouts.remove(&self.labels);
        self.families.in_use.remove(&self.labels);
        self.families.size.remove(&self.labels);
    }
}

struct Use {
    metrics: Arc<Metrics>,
}

impl Drop for Use {
    fn drop(&mut self) {
        self.metrics.in_use.dec();
        self.metrics.checkouts.inc();
    }
}

pub struct Pool {
    permits: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

/// A connection of the pool; it goes back when it is dropped.
pub struct Pooled {
    _permit: OwnedSemaphorePermit,
    _in_use: Use,
}

impl Pool {
    pub fn new(name: &str, size: u32, families: &Families) -> Self {
        let metrics = Metrics::new(families, name);
        families.size.get_or_create(&metrics.labels).set(size.into());
        Pool { permits: Arc::new(Semaphore::new(size as usize)), metrics: Arc::new(metrics) }
    }

    pub async fn get(&self) -> Result<Pooled, AcquireError> {
        let permit = self.permits.clone().acquire_owned().await?;
        Ok(Pooled { _permit: permit, _in_use: self.metrics.start_use() })
    }
}
