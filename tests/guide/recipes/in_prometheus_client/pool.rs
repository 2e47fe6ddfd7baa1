//! The pool's checkout in `prometheus-client`.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
pub enum Outcome {
    Ok,
    Failed,
    Aborted,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Ended {
    outcome: Outcome,
}

#[derive(Clone)]
pub struct Metrics {
    checkouts: Family<Ended, Counter>,
    wait: Histogram,
    waiting: Gauge,
    used: Histogram,
    in_use: Gauge,
}

impl Metrics {
    pub fn new(registry: &mut Registry) -> Self {
        let buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        let metrics = Metrics {
            checkouts: Family::default(),
            wait: Histogram::new(buckets),
            waiting: Gauge::default(),
            used: Histogram::new(buckets),
            in_use: Gauge::default(),
        };
        let registry = registry.sub_registry_with_prefix("pool");
        registry.register("checkouts", "Checkouts", metrics.checkouts.clone());
        registry.register_with_unit("checkout_wait", "Checkouts", Unit::Seconds, metrics.wait.clone());
        registry.register("checkouts_waiting", "Checkouts that wait", metrics.waiting.clone());
        registry.register_with_unit(
            "connection_use",
            "Time for which a connection was in use",
            Unit::Seconds,
            metrics.used.clone(),
        );
        registry.register("connections_in_use", "Connections in use", metrics.in_use.clone());
        metrics
    }

    fn start_checkout(&self) -> Checkout {
        self.waiting.inc();
        Checkout { metrics: self.clone(), outcome: Outcome::Aborted, start: Instant::now() }
    }

    fn start_use(&self) -> Use {
        self.in_use.inc();
        Use { metrics: self.clone(), start: Instant::now() }
    }
}

struct Checkout {
    metrics: Metrics,
    outcome: Outcome,
    start: Instant,
}

impl Drop for Checkout {
    fn drop(&mut self) {
        self.metrics.waiting.dec();
        self.metrics.wait.observe(self.start.elapsed().as_secs_f64());
        self.metrics.checkouts.get_or_create(&Ended { outcome: self.outcome }).inc();
    }
}

struct Use {
    metrics: Metrics,
    start: Instant,
}

impl Drop for Use {
    fn drop(&mut self) {
        self.metrics.in_use.dec();
        self.metrics.used.observe(self.start.elapsed().as_secs_f64());
    }
}

pub struct Pool {
    permits: Arc<Semaphore>,
    metrics: Metrics,
}

/// A connection of the pool; it goes back when it is dropped.
pub struct Pooled {
    _permit: OwnedSemaphorePermit,
    _in_use: Use,
}

impl Pool {
    pub fn new(size: usize, metrics: Metrics) -> Self {
        Pool { permits: Arc::new(Semaphore::new(size)), metrics }
    }

    pub async fn get(&self) -> Result<Pooled, AcquireError> {
        let mut checkout = self.metrics.start_checkout();
        let permit = self.permits.clone().acquire_owned().await;
        checkout.outcome = if permit.is_ok() { Outcome::Ok } else { Outcome::Failed };
        drop(checkout);
        Ok(Pooled { _permit: permit?, _in_use: self.metrics.start_use() })
    }
}
