//! A whole service: orders come in by HTTP, a worker packs them, and its metrics are scraped and logged.

use axum::Router;
use axum::extract::{MatchedPath, Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use telemetry::log::{Format, Layer, is_metric};
use telemetry::prometheus::Handler;
use telemetry::{Label, Log, Registry, metrics};
use tokio::net::TcpListener;
use tokio::signal;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

/// How an order ended.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Packed,
    SoldOut,
}

/// The service's metrics.
#[metrics(namespace = "shop", max_series = 2_000)]
trait Metrics {
    /// HTTP requests served.
    #[counter]
    #[histogram(name = "http_request_duration", labels(route))]
    #[up_down_counter(in_flight, name = "http_requests_in_flight", labels(route))]
    #[log(off)]
    fn http_requests(
        &self,
        #[label(cap = 64)] route: &str,
        #[end]
        #[label(cap = 16, none = "aborted")]
        status: Option<u16>,
        took: Duration,
    );

    /// Orders that the worker finished.
    #[counter]
    #[counter(name = "items", value = items, help = "Items in finished orders.")]
    #[log("order.finished")]
    fn orders_finished(&self, outcome: Outcome, items: u64);

    /// Orders waiting for the worker.
    #[gauge]
    #[log(off)]
    fn set_orders_waiting(&self, orders: u64);
}

type SharedMetrics = Arc<dyn Metrics>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The program's own log lines follow `RUST_LOG`; metric lines always appear.
    let metrics = Layer::new(Format::Prefixed, std::io::stderr).with_filter(filter_fn(is_metric));
    let others = EnvFilter::from_default_env().and(filter_fn(|metadata| !is_metric(metadata)));
    let others = fmt::layer().with_writer(std::io::stderr).with_filter(others);
    tracing_subscriber::registry().with(metrics).with(others).init();

    // Two back ends: the registry that Prometheus scrapes, and the log.
    let registry = Registry::new();
    let instruments = registry.register::<dyn Metrics>()?;
    let metrics: SharedMetrics = Arc::new((instruments.clone(), Log::default()));

    let (orders, queue) = channel(100);
    let waiting = orders.downgrade();
    registry.on_collect(&instruments, move |metrics| {
        let depth = waiting.upgrade().map_or(0, |orders| orders.max_capacity() - orders.capacity());
        metrics.set_orders_waiting(depth as u64);
    });
    let worker = tokio::spawn(pack(queue, metrics.clone()));

    let scrapes = Handler::new(&registry);
    let app = Router::new()
        .route("/orders/{items}", post(place_order).with_state(orders))
        .route_layer(from_fn_with_state(metrics, count_request))
        .route("/metrics", get(async move |request: Request| scrapes.respond(&request)));
    let listener = TcpListener::bind(env::args().nth(1).as_deref().unwrap_or("127.0.0.1:3000")).await?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    axum::serve(listener, app).with_graceful_shutdown(async { drop(signal::ctrl_c().await) }).await?;
    worker.await?; // ends when the router and its sender are gone
    Ok(())
}

async fn place_order(State(orders): State<Sender<u64>>, Path(items): Path<u64>) -> StatusCode {
    match orders.try_send(items) {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn count_request(
    State(metrics): State<SharedMetrics>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let guard = metrics.start_http_requests(path.as_str());
    let response = next.run(request).await;
    guard.end(Some(response.status().as_u16()));
    response
}

async fn pack(mut queue: Receiver<u64>, metrics: SharedMetrics) {
    while let Some(items) = queue.recv().await {
        tracing::info!(items, "packing");
        let outcome = if items > 10 { Outcome::SoldOut } else { Outcome::Packed };
        metrics.orders_finished(outcome, items);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_order_of_more_than_ten_items_is_sold_out() -> Result<(), Box<dyn Error>> {
        let metrics = RecordingMetrics::default();
        let (orders, queue) = channel(2);
        orders.send(3).await?;
        orders.send(11).await?;
        drop(orders);
        pack(queue, Arc::new(metrics.clone())).await;
        metrics.orders_finished_calls().outcome(Outcome::SoldOut).assert_once();
        metrics.orders_finished_calls().assert_sum(14);
        Ok(())
    }
}
