//! The client call with a timeout in `prometheus-client`.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::{Duration, Instant};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
pub enum Peer {
    Payments,
    Search,
}

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
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

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Called {
    peer: Peer,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Ended {
    peer: Peer,
    outcome: Outcome,
}

#[derive(Clone)]
pub struct Metrics {
    calls: Family<Ended, Counter>,
    duration: Family<Called, Histogram, fn() -> Histogram>,
    in_flight: Family<Called, Gauge>,
}

impl Metrics {
    pub fn new(registry: &mut Registry) -> Self {
        let metrics = Metrics {
            calls: Family::default(),
            duration: Family::new_with_constructor(|| {
                Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
            }),
            in_flight: Family::default(),
        };
        let registry = registry.sub_registry_with_prefix("client");
        registry.register("calls", "Calls of other services", metrics.calls.clone());
        registry.register_with_unit(
            "call_duration",
            "Calls of other services",
            Unit::Seconds,
            metrics.duration.clone(),
        );
        registry.register("calls_in_flight", "Calls that wait", metrics.in_flight.clone());
        metrics
    }

    fn start(&self, peer: Peer) -> Guard {
        self.in_flight.get_or_create(&Called { peer }).inc();
        Guard { metrics: self.clone(), peer, outcome: Outcome::Aborted, start: Instant::now() }
    }
}

struct Guard {
    metrics: Metrics,
    peer: Peer,
    outcome: Outcome,
    start: Instant,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let (peer, outcome) = (self.peer, self.outcome);
        self.metrics.in_flight.get_or_create(&Called { peer }).dec();
        let took = self.start.elapsed().as_secs_f64();
        self.metrics.duration.get_or_create(&Called { peer }).observe(took);
        self.metrics.calls.get_or_create(&Ended { peer, outcome }).inc();
    }
}

pub async fn call<T, E>(
    metrics: &Metrics,
    peer: Peer,
    request: impl Future<Output = Result<T, E>>,
) -> Result<Result<T, E>, Elapsed> {
    let mut guard = metrics.start(peer);
    let result = timeout(Duration::from_secs(2), request).await;
    guard.outcome = Outcome::from(&result);
    result
}
