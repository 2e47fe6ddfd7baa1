//! The worker that tries a job again in `prometheus-client`.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::fmt::Display;
use std::time::{Duration, Instant};
use tokio::time::sleep;

#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
pub enum Outcome {
    Done,
    Failed,
    Aborted,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Ended {
    outcome: Outcome,
}

#[derive(Clone)]
pub struct Metrics {
    jobs: Family<Ended, Counter>,
    duration: Histogram,
    attempts: Histogram,
    running: Gauge,
}

impl Metrics {
    pub fn new(registry: &mut Registry) -> Self {
        let metrics = Metrics {
            jobs: Family::default(),
            duration: Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]),
            attempts: Histogram::new([1.0, 2.0, 3.0, 5.0]),
            running: Gauge::default(),
        };
        let registry = registry.sub_registry_with_prefix("worker");
        registry.register("jobs", "Jobs that ended", metrics.jobs.clone());
        registry.register_with_unit(
            "job_duration",
            "Jobs that ended",
            Unit::Seconds,
            metrics.duration.clone(),
        );
        registry.register("job_attempts", "Attempts of jobs that ended", metrics.attempts.clone());
        registry.register("jobs_running", "Jobs that run", metrics.running.clone());
        metrics
    }

    fn start(&self, id: u64) -> Guard {
        self.running.inc();
        Guard {
            metrics: self.clone(),
            id,
            outcome: Outcome::Aborted,
            attempts: None,
            error: None,
            start: Instant::now(),
        }
    }
}

struct Guard {
    metrics: Metrics,
    id: u64,
    outcome: Outcome,
    attempts: Option<u32>,
    error: Option<String>,
    start: Instant,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Guard { metrics, id, outcome, attempts, error, start } = self;
        let took = start.elapsed().as_secs_f64();
        metrics.running.dec();
        metrics.duration.observe(took);
        if let Some(attempts) = *attempts {
            metrics.attempts.observe(attempts.into());
        }
        metrics.jobs.get_or_create(&Ended { outcome: *outcome }).inc();
        tracing::info!(?outcome, attempts, took, id, error = error.as_deref(), "job");
    }
}

pub async fn run<E: Display>(
    metrics: Metrics,
    id: u64,
    job: impl AsyncFn() -> Result<(), E>,
) -> Result<(), E> {
    let mut guard = metrics.start(id);
    let mut attempts = 1;
    let mut result = job().await;
    while result.is_err() && attempts < 5 {
        sleep(Duration::from_secs(1 << attempts)).await;
        attempts += 1;
        result = job().await;
    }
    guard.outcome = if result.is_ok() { Outcome::Done } else { Outcome::Failed };
    guard.attempts = Some(attempts);
    guard.error = result.as_ref().err().map(E::to_string);
    result
}
