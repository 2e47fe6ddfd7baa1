//! The page `telemetry::guide::recipes`: its code runs here, and so does the same by hand in two other
//! libraries.

#![allow(clippy::expect_used, reason = "a panic is how a test fails")]

mod client;
mod in_opentelemetry;
mod in_prometheus_client;
mod layer;
mod middleware;
mod pool;
mod tested;
mod worker;

use crate::lines_of_code;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics, SumDataPoint,
};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{SdkMeterProvider, Temporality};
use prometheus_client::registry::Registry;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::{pending, ready};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::timeout;
use tower::{Layer, Service, ServiceExt};

const PAGE: &str = include_str!("../../telemetry/src/guide/recipes.md");

/// A recipe's name on the page, its code, and the same in `prometheus-client` and in OpenTelemetry.
const RECIPES: [(&str, [&str; 3]); 5] = [
    (
        "axum middleware",
        [
            include_str!("recipes/middleware.rs"),
            include_str!("recipes/in_prometheus_client/middleware.rs"),
            include_str!("recipes/in_opentelemetry/middleware.rs"),
        ],
    ),
    (
        "tower layer",
        [
            include_str!("recipes/layer.rs"),
            include_str!("recipes/in_prometheus_client/layer.rs"),
            include_str!("recipes/in_opentelemetry/layer.rs"),
        ],
    ),
    (
        "worker with retries",
        [
            include_str!("recipes/worker.rs"),
            include_str!("recipes/in_prometheus_client/worker.rs"),
            include_str!("recipes/in_opentelemetry/worker.rs"),
        ],
    ),
    (
        "pool's checkout",
        [
            include_str!("recipes/pool.rs"),
            include_str!("recipes/in_prometheus_client/pool.rs"),
            include_str!("recipes/in_opentelemetry/pool.rs"),
        ],
    ),
    (
        "client call with a timeout",
        [
            include_str!("recipes/client.rs"),
            include_str!("recipes/in_prometheus_client/client.rs"),
            include_str!("recipes/in_opentelemetry/client.rs"),
        ],
    ),
];

#[test]
fn the_page_shows_the_recipes_and_counts_their_lines() {
    for (name, [ours, prometheus_client, opentelemetry]) in RECIPES {
        let (_, code) = ours.split_once("\n\n").unwrap_or_default();
        assert!(PAGE.contains(&format!("```rust,ignore\n{code}```\n")), "the page does not show\n{code}");
        let [ours, theirs, other] = [ours, prometheus_client, opentelemetry].map(lines_of_code);
        let row = format!("| {name} | {ours} | {theirs} | {other} |\n");
        assert!(PAGE.contains(&row), "the page does not have the row\n{row}");
    }
    let total =
        [0, 1, 2].map(|index| RECIPES.iter().map(|(_, files)| lines_of_code(files[index])).sum::<usize>());
    let row = format!("| together | {} | {} | {} |\n", total[0], total[1], total[2]);
    assert!(PAGE.contains(&row), "the page does not have the row\n{row}");

    let (_, code) = RECIPES[0].1[1].split_once("\n\n").unwrap_or_default();
    assert!(PAGE.contains(&format!("```rust,ignore\n{code}```\n")), "the page does not show\n{code}");
    let (_, test) = include_str!("recipes/tested.rs").split_once("#[tokio::test").unwrap_or_default();
    assert!(
        PAGE.contains(&format!("```rust,ignore\n#[tokio::test{test}```\n")),
        "the page does not show\n{test}"
    );
}

/// A runtime whose time moves when nothing else can.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("no runtime").block_on(future)
}

/// Drops the future while it waits.
async fn drop_while_waiting<T>(future: impl Future<Output = T>) {
    assert!(timeout(Duration::from_secs(1), future).await.is_err());
}

/// The samples of `prometheus-client` that are expected in its text.
fn expect_samples(registry: &Registry, samples: &[&str]) {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, registry).expect("a `String` takes all");
    for sample in samples {
        assert!(text.lines().any(|line| line == *sample), "{sample} is not in\n{text}");
    }
}

/// Keeps the sums of an export, over all attributes.
#[derive(Clone, Default)]
struct Sums(Arc<Mutex<BTreeMap<String, i64>>>);

impl PushMetricExporter for Sums {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        for metric in metrics.scope_metrics().flat_map(ScopeMetrics::metrics) {
            let sum = match metric.data() {
                AggregatedMetrics::I64(MetricData::Sum(sum)) => {
                    sum.data_points().map(SumDataPoint::value).sum()
                }
                AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                    sum.data_points().map(|point| i64::try_from(point.value()).expect("few")).sum()
                }
                _ => continue,
            };
            self.0.lock().expect("no thread panicked").insert(metric.name().to_owned(), sum);
        }
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

/// Runs `record` with a meter, and expects these sums over all attributes.
fn expect_sums(record: impl FnOnce(&Meter), sums: &[(&str, i64)]) {
    let exported = Sums::default();
    let provider = SdkMeterProvider::builder().with_periodic_exporter(exported.clone()).build();
    record(&provider.meter("recipes"));
    provider.force_flush().expect("the exporter does not fail");
    let exported = exported.0.lock().expect("no thread panicked");
    for (name, expected) in sums {
        assert_eq!(exported.get(*name), Some(expected), "{name} in {exported:?}");
    }
}

/// A router with a route that answers, one that fails, and one that waits.
macro_rules! router {
    ($observe:path, $metrics:expr) => {
        Router::new()
            .route("/orders/{id}", get(async || "an order"))
            .route("/broken", get(async || StatusCode::BAD_GATEWAY))
            .route("/slow", get(async || pending::<&str>().await))
            .route_layer(from_fn_with_state($metrics, $observe))
    };
}

/// Serves a request of each route; the client of the last hangs up.
async fn serve(router: Router) {
    let request = |path: &str| Request::get(path).body(Body::empty()).expect("a path");
    for path in ["/orders/7", "/broken"] {
        router.clone().oneshot(request(path)).await.expect("a router does not fail");
    }
    drop_while_waiting(router.oneshot(request("/slow"))).await;
}

#[test]
fn a_request_is_counted_by_route_and_outcome() {
    use middleware::{Metrics, Outcome, RecordingMetrics, observe};
    let mock = RecordingMetrics::default();
    mock.set_clock(|| tokio::time::Instant::now().into_std());
    let metrics: Arc<dyn Metrics> = Arc::new(mock.clone());
    block_on(serve(router!(observe, metrics)));

    mock.assert_none_in_flight();
    let calls = mock.http_requests_calls();
    calls.route("/orders/{id}").outcome(Outcome::Ok).assert_once();
    calls.route("/broken").outcome(Outcome::ServerError).assert_once();
    calls.route("/slow").outcome(Outcome::Aborted).assert_once();
    assert_eq!(calls.last().took, Duration::from_secs(1));
    calls.assert_times(3);
    assert_eq!(Outcome::from(StatusCode::NOT_FOUND), Outcome::ClientError);

    let mut registry = Registry::default();
    let metrics = in_prometheus_client::middleware::Metrics::new(&mut registry);
    block_on(serve(router!(in_prometheus_client::middleware::observe, metrics)));
    expect_samples(
        &registry,
        &[
            r#"shop_http_requests_total{route="/slow",outcome="Aborted"} 1"#,
            r#"shop_http_requests_in_flight{route="/slow"} 0"#,
        ],
    );
    expect_sums(
        |meter| {
            let metrics = in_opentelemetry::middleware::Metrics::new(meter);
            block_on(serve(router!(in_opentelemetry::middleware::observe, metrics)));
        },
        &[("shop_http_requests", 3), ("shop_http_requests_in_flight", 0)],
    );
}

/// Makes a call that answers, one that fails, one that is dropped while it waits, and one that is dropped
/// before it is polled.
async fn call_through<L>(layer: L)
where
    L: Layer<tower::util::BoxCloneService<u32, (), &'static str>>,
    L::Service: Service<u32, Response = (), Error = &'static str>,
{
    let inner = tower::service_fn(async |request: u32| match request {
        0 => Ok(()),
        1 => Err("refused"),
        _ => pending().await,
    });
    let mut service = layer.layer(tower::util::BoxCloneService::new(inner));
    assert_eq!(service.ready().await.expect("ready").call(0).await, Ok(()));
    assert_eq!(service.ready().await.expect("ready").call(1).await, Err("refused"));
    drop_while_waiting(service.ready().await.expect("ready").call(2)).await;
    drop(service.ready().await.expect("ready").call(2));
}

#[test]
fn a_dropped_future_of_a_service_is_counted() {
    use layer::{Measure, Metrics, Outcome, RecordingMetrics};
    let mock = RecordingMetrics::default();
    let metrics: Arc<dyn Metrics> = Arc::new(mock.clone());
    block_on(call_through(Measure(metrics)));

    mock.assert_none_in_flight();
    for (outcome, times) in [(Outcome::Ok, 1), (Outcome::Failed, 1), (Outcome::Aborted, 2)] {
        mock.calls_calls().outcome(outcome).assert_times(times);
    }

    let mut registry = Registry::default();
    let metrics = in_prometheus_client::layer::Metrics::new(&mut registry);
    block_on(call_through(in_prometheus_client::layer::Measure(metrics)));
    expect_samples(&registry, &[r#"rpc_calls_total{outcome="Aborted"} 2"#, "rpc_calls_in_flight 0"]);
    expect_sums(
        |meter| {
            let metrics = in_opentelemetry::layer::Metrics::new(meter);
            block_on(call_through(in_opentelemetry::layer::Measure(metrics)));
        },
        &[("rpc_calls", 4), ("rpc_calls_in_flight", 0)],
    );
}

/// Fails the first times, then succeeds.
fn fails(times: u32) -> impl AsyncFn() -> Result<(), &'static str> {
    let left = Cell::new(times);
    async move || {
        let failed = left.get() > 0;
        left.set(left.get().saturating_sub(1));
        if failed { Err("no space") } else { Ok(()) }
    }
}

/// A job that succeeds at the third attempt, one that never does, and one that is dropped between two.
macro_rules! work {
    ($run:path, $metrics:expr) => {
        async {
            assert_eq!($run($metrics.clone(), 1, fails(2)).await, Ok(()));
            assert_eq!($run($metrics.clone(), 2, fails(9)).await, Err("no space"));
            drop_while_waiting($run($metrics.clone(), 3, fails(9))).await;
        }
    };
}

#[test]
fn a_job_is_counted_once_however_often_it_is_tried() {
    use worker::{Metrics, Outcome, RecordingMetrics, run};
    let mock = RecordingMetrics::default();
    mock.set_clock(|| tokio::time::Instant::now().into_std());
    let metrics: Arc<dyn Metrics> = Arc::new(mock.clone());
    block_on(work!(run, metrics));

    mock.assert_none_in_flight();
    let calls = mock.jobs_calls().calls();
    let seen = calls.iter().map(|call| (call.id, call.outcome, call.attempts, call.error.as_deref()));
    assert_eq!(
        seen.collect::<Vec<_>>(),
        [
            (1, Outcome::Done, Some(3), None),
            (2, Outcome::Failed, Some(5), Some("no space")),
            (3, Outcome::Aborted, None, None),
        ]
    );
    let seconds = calls.iter().map(|call| call.took.as_secs());
    assert_eq!(seconds.collect::<Vec<_>>(), [2 + 4, 2 + 4 + 8 + 16, 1]);

    let mut registry = Registry::default();
    let metrics = in_prometheus_client::worker::Metrics::new(&mut registry);
    block_on(work!(in_prometheus_client::worker::run, metrics));
    expect_samples(
        &registry,
        &[
            r#"worker_jobs_total{outcome="Aborted"} 1"#,
            "worker_job_attempts_count 2",
            "worker_jobs_running 0",
        ],
    );
    expect_sums(
        |meter| {
            let metrics = in_opentelemetry::worker::Metrics::new(meter);
            block_on(work!(in_opentelemetry::worker::run, metrics));
        },
        &[("worker_jobs", 3), ("worker_jobs_running", 0)],
    );
}

#[test]
fn a_connection_is_in_use_as_long_as_it_lives() {
    use pool::{Metrics, Outcome, Pool, RecordingMetrics};
    let mock = RecordingMetrics::default();
    mock.set_clock(|| tokio::time::Instant::now().into_std());
    let metrics: Arc<dyn Metrics> = Arc::new(mock.clone());
    let pool = Pool::new(1, metrics);
    block_on(async {
        let connection = pool.get().await.expect("the pool is open");
        assert_eq!(mock.in_flight(), 1); // the connection in use
        drop_while_waiting(pool.get()).await;
        drop(connection);
    });

    mock.assert_none_in_flight();
    mock.checkouts_calls().outcome(Outcome::Ok).assert_once();
    mock.checkouts_calls().outcome(Outcome::Aborted).assert_once();
    assert_eq!(mock.checkouts_calls().last().waited, Duration::from_secs(1));
    assert_eq!(mock.connection_used_calls().last().used, Duration::from_secs(1));
    mock.connection_used_calls().assert_once();

    let mut registry = Registry::default();
    let pool =
        in_prometheus_client::pool::Pool::new(1, in_prometheus_client::pool::Metrics::new(&mut registry));
    block_on(async {
        let connection = pool.get().await.expect("the pool is open");
        expect_samples(&registry, &["pool_connections_in_use 1"]);
        drop_while_waiting(pool.get()).await;
        drop(connection);
    });
    expect_samples(
        &registry,
        &[
            r#"pool_checkouts_total{outcome="Aborted"} 1"#,
            "pool_checkouts_waiting 0",
            "pool_connections_in_use 0",
        ],
    );
    expect_sums(
        |meter| {
            let pool = in_opentelemetry::pool::Pool::new(1, in_opentelemetry::pool::Metrics::new(meter));
            block_on(async {
                let connection = pool.get().await.expect("the pool is open");
                drop_while_waiting(pool.get()).await;
                drop(connection);
            });
        },
        &[("pool_checkouts", 2), ("pool_checkouts_waiting", 0), ("pool_connections_in_use", 0)],
    );
}

/// A call that answers, one that fails, one that times out, and one whose caller goes away.
macro_rules! ask {
    ($call:path, $metrics:expr, $first:expr, $second:expr) => {
        async {
            assert_eq!($call($metrics, $first, ready(Ok::<_, Infallible>(7))).await, Ok(Ok(7)));
            assert_eq!($call($metrics, $first, ready(Err::<(), _>("refused"))).await, Ok(Err("refused")));
            assert!($call($metrics, $second, pending::<Result<(), ()>>()).await.is_err());
            drop_while_waiting($call($metrics, $second, pending::<Result<(), ()>>())).await;
        }
    };
}

#[test]
fn a_call_that_times_out_is_not_one_whose_caller_went_away() {
    use client::{Metrics, Outcome, Peer, RecordingMetrics, call};
    let mock = RecordingMetrics::default();
    mock.set_clock(|| tokio::time::Instant::now().into_std());
    let metrics: Arc<dyn Metrics> = Arc::new(mock.clone());
    block_on(ask!(call, &metrics, Peer::Payments, Peer::Search));

    mock.assert_none_in_flight();
    let calls = mock.calls_calls().calls();
    let seen = calls.iter().map(|call| (call.peer, call.outcome, call.took.as_secs()));
    assert_eq!(
        seen.collect::<Vec<_>>(),
        [
            (Peer::Payments, Outcome::Ok, 0),
            (Peer::Payments, Outcome::Failed, 0),
            (Peer::Search, Outcome::TimedOut, 2),
            (Peer::Search, Outcome::Aborted, 1),
        ]
    );

    let mut registry = Registry::default();
    let metrics = in_prometheus_client::client::Metrics::new(&mut registry);
    let (payments, search) =
        (in_prometheus_client::client::Peer::Payments, in_prometheus_client::client::Peer::Search);
    block_on(ask!(in_prometheus_client::client::call, &metrics, payments, search));
    expect_samples(
        &registry,
        &[
            r#"client_calls_total{peer="Search",outcome="Aborted"} 1"#,
            r#"client_calls_in_flight{peer="Search"} 0"#,
        ],
    );
    expect_sums(
        |meter| {
            let metrics = in_opentelemetry::client::Metrics::new(meter);
            block_on(ask!(in_opentelemetry::client::call, &metrics, "payments", "search"));
        },
        &[("client_calls", 4), ("client_calls_in_flight", 0)],
    );
}
