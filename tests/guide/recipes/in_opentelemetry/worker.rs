//! The worker that tries a job again in OpenTelemetry's API.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, UpDownCounter};
use std::fmt::Display;
use std::time::{Duration, Instant};
use tokio::time::sleep;

#[derive(Clone)]
pub struct Metrics {
    jobs: Counter<u64>,
    duration: Histogram<f64>,
    attempts: Histogram<u64>,
    running: UpDownCounter<i64>,
}

impl Metrics {
    pub fn new(meter: &Meter) -> Self {
        Metrics {
            jobs: meter.u64_counter("worker_jobs").with_description("Jobs that ended.").build(),
            duration: meter
                .f64_histogram("worker_job_duration")
                .with_description("Jobs that ended.")
                .with_unit("s")
                .with_boundaries(vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
                .build(),
            attempts: meter
                .u64_histogram("worker_job_attempts")
                .with_description("Attempts of jobs that ended.")
                .with_boundaries(vec![1.0, 2.0, 3.0, 5.0])
                .build(),
            running: meter
                .i64_up_down_counter("worker_jobs_running")
                .with_description("Jobs that run.")
                .build(),
        }
    }

    fn start(&self, id: u64) -> Guard {
        self.running.add(1, &[]);
        Guard {
            metrics: self.clone(),
            id,
            outcome: "aborted",
            attempts: None,
            error: None,
            start: Instant::now(),
        }
    }
}

struct Guard {
    metrics: Metrics,
    id: u64,
    outcome: &'static str,
    attempts: Option<u64>,
    error: Option<String>,
    start: Instant,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Guard { metrics, id, outcome, attempts, error, start } = self;
        let took = start.elapsed().as_secs_f64();
        metrics.running.add(-1, &[]);
        metrics.duration.record(took, &[]);
        if let Some(attempts) = *attempts {
            metrics.attempts.record(attempts, &[]);
        }
        metrics.jobs.add(1, &[KeyValue::new("outcome", *outcome)]);
        tracing::info!(outcome, attempts, took, id, error = error.as_deref(), "job");
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
    guard.outcome = if result.is_ok() { "done" } else { "failed" };
    guard.attempts = Some(attempts);
    guard.error = result.as_ref().err().map(E::to_string);
    result
}
