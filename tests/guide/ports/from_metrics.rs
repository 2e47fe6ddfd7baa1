//! A service with a worker that used `metrics` and its exporter: what happens in it, for both declarations.

pub mod after;
pub mod before;
pub mod half_moved;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use telemetry::prometheus::{Format, render};

/// What happens to requests.
pub trait Http {
    fn request_started(&self, method: &'static str, endpoint: &'static str);
    fn request_ended(&self, method: &'static str, endpoint: &'static str, status: u16, took: Duration);
    fn refused(&self, reason: &'static str);
}

/// What happens in the worker, in its pool and in its cache.
pub trait Worker {
    fn started(&self, version: &'static str, at: f64);
    fn enqueued(&self, queue: &str, bytes: u32);
    fn job_started(&self, queue: &str);
    fn job_ended(&self, queue: &str, outcome: &'static str, attempts: u32, took: Duration);
    fn waiting(&self, queue: &str, jobs: u32, oldest: Duration);
    fn panicked(&self);
    fn connected(&self, waited: Duration);
    fn connections(&self, idle: u32, busy: u32);
    fn queried(&self, statement: &'static str, rows: u64, took: Duration);
    fn query_failed(&self, statement: &'static str, code: &'static str);
    fn looked_up(&self, hit: bool);
    fn cached(&self, entries: u32, bytes: u64, evicted: u64);
    fn called(&self, peer: &str, status: Option<u16>, took: Duration);
    fn reloaded(&self, succeeded: bool);
    fn kernel_says(&self, sent_bytes: u64);
}

/// Serves some requests, one of which is under way.
fn serve(http: &impl Http) {
    for (endpoint, status) in [("/orders/{id}", 200), ("/orders/{id}", 404), ("/health", 200)] {
        http.request_started("GET", endpoint);
        http.request_ended("GET", endpoint, status, Duration::from_millis(u64::from(status)));
    }
    http.request_started("POST", "/orders/{id}");
    http.refused("expired");
}

/// Works for a while.
fn work(worker: &impl Worker) {
    worker.started("3.1.0", 1_790_000_000.25);
    for (step, queue) in (1..).zip(["mail", "mail", "bil\"ling"]) {
        let took = Duration::from_millis(170 * u64::from(step));
        worker.enqueued(queue, 900 * step);
        worker.job_started(queue);
        worker.job_ended(queue, if step == 2 { "failed" } else { "done" }, step, took);
        worker.connected(took / 100);
        worker.queried("select_job", 3, took / 7);
        worker.looked_up(step == 1);
        worker.called("pay.example", (step != 3).then_some(200), took);
    }
    worker.job_started("mail");
    worker.panicked();
    worker.waiting("mail", 12, Duration::from_millis(4_500));
    worker.connections(3, 1);
    worker.query_failed("select_job", "40001");
    worker.cached(40, 123_456_789, 2);
    worker.reloaded(true);
    worker.reloaded(false);
    worker.kernel_says(7_000);
    worker.kernel_says(9_000);
}

/// Returns what the old crate exports before and after all that happens.
pub fn before() -> Result<[String; 2], Box<dyn Error>> {
    let recorder = before::recorder()?;
    let handle = recorder.handle();
    ::metrics::with_local_recorder(&recorder, || {
        before::describe();
        let at_start = handle.render();
        serve(&before::Metrics);
        work(&before::Metrics);
        Ok([at_start, handle.render()])
    })
}

/// Returns the same of the declaration.
pub fn after(format: Format) -> Result<[String; 2], Box<dyn Error>> {
    let registry = telemetry::Registry::new();
    let http: Arc<dyn after::HttpMetrics> = Arc::new(registry.register::<dyn after::HttpMetrics>()?);
    let worker: Arc<dyn after::WorkerMetrics> = Arc::new(registry.register::<dyn after::WorkerMetrics>()?);
    let at_start = render(&registry, format);
    serve(&http);
    work(&worker);
    Ok([at_start, render(&registry, format)])
}

/// Returns what a service exports whose requests have moved, and nothing else.
pub fn half_moved() -> Result<String, Box<dyn Error>> {
    let recorder = before::recorder()?;
    let (registry, http) = half_moved::metrics(recorder.handle())?;
    serve(&http);
    ::metrics::with_local_recorder(&recorder, || {
        before::describe();
        work(&before::Metrics);
    });
    Ok(render(&registry, Format::Text))
}
