//! The tower layer in OpenTelemetry's API.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, UpDownCounter};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;
use tower::{Layer, Service};

#[derive(Clone)]
pub struct Metrics {
    calls: Counter<u64>,
    duration: Histogram<f64>,
    in_flight: UpDownCounter<i64>,
}

impl Metrics {
    pub fn new(meter: &Meter) -> Self {
        Metrics {
            calls: meter.u64_counter("rpc_calls").with_description("Calls served.").build(),
            duration: meter
                .f64_histogram("rpc_call_duration")
                .with_description("Calls served.")
                .with_unit("s")
                .with_boundaries(vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
                .build(),
            in_flight: meter
                .i64_up_down_counter("rpc_calls_in_flight")
                .with_description("Calls being served.")
                .build(),
        }
    }

    fn start(&self) -> Guard {
        self.in_flight.add(1, &[]);
        Guard { metrics: self.clone(), outcome: "aborted", start: Instant::now() }
    }
}

struct Guard {
    metrics: Metrics,
    outcome: &'static str,
    start: Instant,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.metrics.in_flight.add(-1, &[]);
        self.metrics.duration.record(self.start.elapsed().as_secs_f64(), &[]);
        self.metrics.calls.add(1, &[KeyValue::new("outcome", self.outcome)]);
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
            guard.outcome = if result.is_ok() { "ok" } else { "failed" };
            result
        })
    }
}
