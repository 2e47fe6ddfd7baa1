//! A worker that tries a job again, quoted by the page.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;
use telemetry::{Label, metrics};
use tokio::time::sleep;

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Failed,
    Aborted,
}

impl<T, E> From<&Result<T, E>> for Outcome {
    fn from(result: &Result<T, E>) -> Self {
        if result.is_ok() { Outcome::Done } else { Outcome::Failed }
    }
}

#[metrics(namespace = "worker")]
pub trait Metrics {
    /// Jobs that ended.
    #[counter]
    #[histogram(name = "job_duration", labels(), value = took)]
    #[histogram(name = "job_attempts", labels(), value = attempts, buckets = [1.0, 2.0, 3.0, 5.0])]
    #[up_down_counter(in_flight, name = "jobs_running")]
    #[log("job")]
    fn jobs(
        &self,
        #[context] id: u64,
        #[end(default = Outcome::Aborted)] outcome: Outcome,
        #[end] attempts: Option<u64>,
        #[end]
        #[context]
        error: Option<&dyn Display>,
        took: Duration,
    );
}

pub async fn run<E: Display>(
    metrics: Arc<dyn Metrics>,
    id: u64,
    job: impl AsyncFn() -> Result<(), E>,
) -> Result<(), E> {
    let guard = metrics.start_jobs(id);
    let mut attempts = 1;
    let mut result = job().await;
    while result.is_err() && attempts < 5 {
        sleep(Duration::from_secs(1 << attempts)).await;
        attempts += 1;
        result = job().await;
    }
    guard.end(&result, Some(attempts), result.as_ref().err().map(|error| error as &dyn Display));
    result
}
