//! A middleware of axum, quoted by the page.

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
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

#[metrics(namespace = "shop")]
pub trait Metrics {
    /// HTTP requests served.
    #[counter]
    #[histogram(name = "http_request_duration", labels(route))]
    #[up_down_counter(in_flight, name = "http_requests_in_flight", labels(route))]
    fn http_requests(
        &self,
        #[label(cap = 64)] route: &str,
        #[end(default = Outcome::Aborted)] outcome: Outcome,
        took: Duration,
    );
}

pub async fn observe(
    State(metrics): State<Arc<dyn Metrics>>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let guard = metrics.start_http_requests(path.as_str());
    let response = next.run(request).await;
    guard.end(response.status());
    response
}
