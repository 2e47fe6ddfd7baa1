//! The middleware of axum in OpenTelemetry's API.

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, UpDownCounter};
use std::time::Instant;

fn outcome(status: StatusCode) -> &'static str {
    match status.as_u16() {
        500.. => "server_error",
        400..=499 => "client_error",
        _ => "ok",
    }
}

#[derive(Clone)]
pub struct Metrics {
    requests: Counter<u64>,
    duration: Histogram<f64>,
    in_flight: UpDownCounter<i64>,
}

impl Metrics {
    pub fn new(meter: &Meter) -> Self {
        Metrics {
            requests: meter
                .u64_counter("shop_http_requests")
                .with_description("HTTP requests served.")
                .build(),
            duration: meter
                .f64_histogram("shop_http_request_duration")
                .with_description("HTTP requests served.")
                .with_unit("s")
                .with_boundaries(vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
                .build(),
            in_flight: meter
                .i64_up_down_counter("shop_http_requests_in_flight")
                .with_description("HTTP requests being served.")
                .build(),
        }
    }

    fn start(&self, route: &str) -> Guard {
        let route = KeyValue::new("route", route.to_owned());
        self.in_flight.add(1, std::slice::from_ref(&route));
        Guard { metrics: self.clone(), route, outcome: "aborted", start: Instant::now() }
    }
}

struct Guard {
    metrics: Metrics,
    route: KeyValue,
    outcome: &'static str,
    start: Instant,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let route = std::slice::from_ref(&self.route);
        self.metrics.in_flight.add(-1, route);
        self.metrics.duration.record(self.start.elapsed().as_secs_f64(), route);
        self.metrics.requests.add(1, &[self.route.clone(), KeyValue::new("outcome", self.outcome)]);
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
    guard.outcome = outcome(response.status());
    response
}
