//! A pool's checkout, quoted by the page.

use std::sync::Arc;
use std::time::Duration;
use telemetry::{Label, metrics};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Failed,
    Aborted,
}

impl<T, E> From<&Result<T, E>> for Outcome {
    fn from(result: &Result<T, E>) -> Self {
        if result.is_ok() { Outcome::Ok } else { Outcome::Failed }
    }
}

#[metrics(namespace = "pool")]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    #[histogram(name = "checkout_wait", labels())]
    #[up_down_counter(in_flight, name = "checkouts_waiting")]
    #[guard(start_checkout)]
    fn checkouts(&self, #[end(default = Outcome::Aborted)] outcome: Outcome, waited: Duration);

    /// Time for which a connection was in use.
    #[histogram(name = "connection_use")]
    #[up_down_counter(in_flight, name = "connections_in_use")]
    #[guard(start_use)]
    fn connection_used(&self, used: Duration);
}

pub struct Pool {
    permits: Arc<Semaphore>,
    metrics: Arc<dyn Metrics>,
}

/// A connection of the pool; it goes back when it is dropped.
pub struct Pooled {
    _permit: OwnedSemaphorePermit,
    _in_use: MetricsUseGuard<Arc<dyn Metrics>>,
}

impl Pool {
    pub fn new(size: usize, metrics: Arc<dyn Metrics>) -> Self {
        Pool { permits: Arc::new(Semaphore::new(size)), metrics }
    }

    pub async fn get(&self) -> Result<Pooled, AcquireError> {
        let checkout = self.metrics.start_checkout();
        let permit = self.permits.clone().acquire_owned().await;
        checkout.end(&permit);
        Ok(Pooled { _permit: permit?, _in_use: self.metrics.start_use() })
    }
}
