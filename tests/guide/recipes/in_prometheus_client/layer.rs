//! The tower layer in `prometheus-client`.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;
use tower::{Layer, Service};

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
    calls: Family<Ended, Counter>,
    duration: Histogram,
    in_flight: Gauge,
}

impl Metrics {
    pub fn new(registry: &mut Registry) -> Self {
        let metrics = Metrics {
            calls: Family::default(),
            duration: Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]),
            in_flight: Gauge::default(),
        };
        let registry = registry.sub_registry_with_prefix("rpc");
        registry.register("calls", "Calls served", metrics.calls.clone());
        registry.register_with_unit("call_duration", "Calls served", Unit::Seconds, metrics.duration.clone());
        registry.register("calls_in_flight", "Calls being served", metrics.in_flight.clone());
        metrics
    }

    fn start(&self) -> Guard {
        self.in_flight.inc();
        Guard { metrics: self.clone(), outcome: Outcome::Aborted, start: Instant::now() }
    }
}

struct Guard {
    metrics: Metrics,
    outcome: Outcome,
    start: Instant,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
        self.metrics.duration.observe(self.start.elapsed().as_secs_f64());
        self.metrics.calls.get_or_create(&Ended { outcome: self.outcome }).inc();
    }
}

/// Measures the calls of a service.
#[derive(Clone)]
pub struct Measure(pub Metrics);

#[derive(Clone)]
pub struct Measured<S> {
    metrics: Metrics,
    inner: S,
}

impl<S> Layer<S> for Measure {
    type Service = Measured<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Measured { metrics: self.0.clone(), inner }
    }
}

impl<S, R> Service<R> for Measured<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let guard = self.metrics.start();
        let response = self.inner.call(request);
        Box::pin(async move {
            let mut guard = guard; // or the block takes `outcome` alone, and the guard ends here and now
            let result = response.await;
            guard.outcome = if result.is_ok() { Outcome::Ok } else { Outcome::Failed };
            result
        })
    }
}
