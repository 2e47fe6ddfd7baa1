//! A client call with a timeout, quoted by the page.

use std::sync::Arc;
use std::time::Duration;
use telemetry::{Label, metrics};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    Payments,
    Search,
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Failed,
    TimedOut,
    Aborted,
}

impl<T, E> From<&Result<Result<T, E>, Elapsed>> for Outcome {
    fn from(result: &Result<Result<T, E>, Elapsed>) -> Self {
        match result {
            Ok(Ok(_)) => Outcome::Ok,
            Ok(Err(_)) => Outcome::Failed,
            Err(_) => Outcome::TimedOut,
        }
    }
}

#[metrics(namespace = "client")]
pub trait Metrics {
    /// Calls of other services.
    #[counter]
    #[histogram(name = "call_duration", labels(peer))]
    #[up_down_counter(in_flight, name = "calls_in_flight", labels(peer))]
    fn calls(&self, peer: Peer, #[end(default = Outcome::Aborted)] outcome: Outcome, took: Duration);
}

pub async fn call<T, E>(
    metrics: &Arc<dyn Metrics>,
    peer: Peer,
    request: impl Future<Output = Result<T, E>>,
) -> Result<Result<T, E>, Elapsed> {
    let guard = metrics.start_calls(peer);
    let result = timeout(Duration::from_secs(2), request).await;
    guard.end(&result);
    result
}
