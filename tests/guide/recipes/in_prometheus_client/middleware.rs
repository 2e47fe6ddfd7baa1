//! The middleware of axum in `prometheus-client`.

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Instant;

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
pub enum Outcome {
    Ok,
    ClientError,
    ServerError,
    Aborted,
}

impl From<StatusCode> for Outcome {
    fn from(status: StatusCode) -> Self {
        match status.as_u16() {
            500.. => Outcome::ServerError,
            400..=499 => Outcome::ClientError,
            _ => Outcome::Ok,
        }
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Served {
    route: String,
    outcome: Outcome,
}

#[derive(Clone)]
pub struct Metrics {
    requests: Family<Served, Counter>,
    duration: Family<Route, Histogram, fn() -> Histogram>,
    in_flight: Family<Route, Gauge>,
}

impl Metrics {
    pub fn new(registry: &mut Registry) -> Self {
        let metrics = Metrics {
            requests: Family::default(),
            duration: Family::new_with_constructor(|| {
                Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
            }),
            in_flight: Family::default(),
        };
        let registry = registry.sub_registry_with_prefix("shop");
        registry.register("http_requests", "HTTP requests served", metrics.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "HTTP requests served",
            Unit::Seconds,
            metrics.duration.clone(),
        );
        registry.register("http_requests_in_flight", "HTTP requests being served", metrics.in_flight.clone());
        metrics
    }

    fn start(&self, route: &str) -> Guard {
        let route = route.to_owned();
        self.in_flight.get_or_create(&Route { route: route.clone() }).inc();
        Guard { metrics: self.clone(), route, outcome: Outcome::Aborted, start: Instant::now() }
    }
}

struct Guard {
    metrics: Metrics,
    route: String,
    outcome: Outcome,
    start: Instant,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let route = Route { route: self.route.clone() };
        self.metrics.in_flight.get_or_create(&route).dec();
        self.metrics.duration.get_or_create(&route).observe(self.start.elapsed().as_secs_f64());
        let served = Served { route: self.route.clone(), outcome: self.outcome };
        self.metrics.requests.get_or_create(&served).inc();
    }
}

pub async fn observe(
    State(metrics): State<Metrics>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let mut guard = metrics.start(path.as_str());
    let response = next.run(request).await;
    guard.outcome = response.status().into();
    response
}
