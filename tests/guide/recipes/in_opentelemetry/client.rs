//! The client call with a timeout in OpenTelemetry's API.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, UpDownCounter};
use std::time::{Duration, Instant};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

fn outcome<T, E>(result: &Result<Result<T, E>, Elapsed>) -> &'static str {
    match result {
        Ok(Ok(_)) => "ok",
        Ok(Err(_)) => "failed",
        Err(_) => "timed_out",
    }
}

#[derive(Clone)]
pub struct Metrics {
    calls: Counter<u64>,
    duration: Histogram<f64>,
    in_flight: UpDownCounter<i64>,
}

impl Metrics {
    pub fn new(meter: &Meter) -> Self {
        Metrics {
            calls: meter.u64_counter("client_calls").with_description("Calls of other services.").build(),
            duration: meter
                .f64_histogram("client_call_duration")
                .with_description("Calls of other services.")
                .with_unit("s")
                .with_boundaries(vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
                .build(),
            in_flight: meter
                .i64_up_down_counter("client_calls_in_flight")
                .with_description("Calls that wait.")
                .build(),
        }
    }

    fn start(&self, peer: &'static str) -> Guard {
        let peer = KeyValue::new("peer", peer);
        self.in_flight.add(1, std::slice::from_ref(&peer));
        Guard { metrics: self.clone(), peer, outcome: "aborted", start: Instant::now() }
    }
}

struct Guard {
    metrics: Metrics,
    peer: KeyValue,
    outcome: &'static str,
    start: Instant,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let peer = std::slice::from_ref(&self.peer);
        self.metrics.in_flight.add(-1, peer);
        self.metrics.duration.record(self.start.elapsed().as_secs_f64(), peer);
        self.metrics.calls.add(1, &[self.peer.clone(), KeyValue::new("outcome", self.outcome)]);
    }
}

pub async fn call<T, E>(
    metrics: &Metrics,
    peer: &'static str,
    request: impl Future<Output = Result<T, E>>,
) -> Result<Result<T, E>, Elapsed> {
    let mut guard = metrics.start(peer);
    let result = timeout(Duration::from_secs(2), request).await;
    guard.outcome = outcome(&result);
    result
}
