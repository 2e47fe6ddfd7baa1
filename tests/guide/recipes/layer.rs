//! A tower layer, quoted by the page.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use telemetry::{Label, metrics};
use tower::{Layer, Service};

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

#[metrics(namespace = "rpc")]
pub trait Metrics {
    /// Calls served.
    #[counter]
    #[histogram(name = "call_duration", labels())]
    #[up_down_counter(in_flight, name = "calls_in_flight")]
    fn calls(&self, #[end(default = Outcome::Aborted)] outcome: Outcome, took: Duration);
}

/// Measures the calls of a service. `M` is an `Arc<dyn Metrics>`, or any other handle that is `Clone`.
#[derive(Clone)]
pub struct Measure<M>(pub M);

#[derive(Clone)]
pub struct Measured<M, S> {
    metrics: M,
    inner: S,
}

impl<M: Clone, S> Layer<S> for Measure<M> {
    type Service = Measured<M, S>;

    fn layer(&self, inner: S) -> Self::Service {
        Measured { metrics: self.0.clone(), inner }
    }
}

impl<M, S, R> Service<R> for Measured<M, S>
where
    M: Metrics + Clone + 'static,
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
        let guard = self.metrics.start_calls();
        let response = self.inner.call(request);
        Box::pin(async move {
            let result = response.await;
            guard.end(&result);
            result
        })
    }
}
