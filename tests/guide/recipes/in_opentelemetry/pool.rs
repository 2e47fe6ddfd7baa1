//! The pool's checkout in OpenTelemetry's API.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, UpDownCounter};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

#[derive(Clone)]
pub struct Metrics {
    checkouts: Counter<u64>,
    wait: Histogram<f64>,
    waiting: UpDownCounter<i64>,
    used: Histogram<f64>,
    in_use: UpDownCounter<i64>,
}

impl Metrics {
    pub fn new(meter: &Meter) -> Self {
        let buckets = vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        Metrics {
            checkouts: meter.u64_counter("pool_checkouts").with_description("Checkouts.").build(),
            wait: meter
                .f64_histogram("pool_checkout_wait")
                .with_description("Checkouts.")
                .with_unit("s")
                .with_boundaries(buckets.clone())
                .build(),
            waiting: meter
                .i64_up_down_counter("pool_checkouts_waiting")
                .with_description("Checkouts that wait.")
                .build(),
            used: meter
                .f64_histogram("pool_connection_use")
                .with_description("Time for which a connection was in use.")
                .with_unit("s")
                .with_boundaries(buckets)
                .build(),
            in_use: meter
                .i64_up_down_counter("pool_connections_in_use")
                .with_description("Connections in use.")
                .build(),
        }
    }

    fn start_checkout(&self) -> Checkout {
        self.waiting.add(1, &[]);
        Checkout { metrics: self.clone(), outcome: "aborted", start: Instant::now() }
    }

    fn start_use(&self) -> Use {
        self.in_use.add(1, &[]);
        Use { metrics: self.clone(), start: Instant::now() }
    }
}

struct Checkout {
    metrics: Metrics,
    outcome: &'static str,
    start: Instant,
}

impl Drop for Checkout {
    fn drop(&mut self) {
        self.metrics.waiting.add(-1, &[]);
        self.metrics.wait.record(self.start.elapsed().as_secs_f64(), &[]);
        self.metrics.checkouts.add(1, &[KeyValue::new("outcome", self.outcome)]);
    }
}

struct Use {
    metrics: Metrics,
    start: Instant,
}

impl Drop for Use {
    fn drop(&mut self) {
        self.metrics.in_use.add(-1, &[]);
        self.metrics.used.record(self.start.elapsed().as_secs_f64(), &[]);
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
        checkout.outcome = if permit.is_ok() { "ok" } else { "failed" };
        drop(checkout);
        Ok(Pooled { _permit: permit?, _in_use: self.metrics.start_use() })
    }
}
