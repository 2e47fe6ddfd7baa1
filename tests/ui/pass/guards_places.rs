//! Guards live where values live: in structs, threads and futures, on every handle that can be cloned.

#![deny(warnings)]

use std::sync::Arc;
use std::time::Duration;
use telemetry::{Label, NoOp, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 64)]
pub struct Customer<'a>(pub &'a str);

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

#[metrics]
pub trait Metrics {
    /// Jobs done.
    #[histogram(name = "job_duration")]
    #[up_down_counter(in_flight, name = "jobs_running")]
    #[guard(start_job)]
    fn jobs(
        &self,
        customer: Customer<'_>,
        #[label(cap = 16)] queue: &str,
        #[end(default = Outcome::Aborted)] outcome: Outcome,
        took: Duration,
    );
}

/// Owns what it is started on and its text, so that it is `Send` and `'static`.
fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    drop(future);
}

async fn job(metrics: Arc<dyn Metrics>, customer: String) {
    let job = metrics.start_job(Customer(&customer), "mail");
    drop(customer);
    std::future::ready(()).await;
    job.end(Outcome::Done);
}

/// A guard in a struct, generic over the handle, which derives `Debug`.
#[derive(Debug)]
struct Running<M: Metrics> {
    job: MetricsJobGuard<M, String>,
    steps: u32,
}

fn running<M: Metrics + Clone>(metrics: &M) -> Running<M> {
    Running { job: metrics.start_job(Customer("a"), String::from("mail")), steps: 0 }
}

struct Worker {
    metrics: Arc<dyn Metrics>,
    done: u32,
}

impl Worker {
    /// Goes on using `self` while the guard lives.
    fn step(&mut self) -> Result<u32, String> {
        let job = self.metrics.start_job(Customer("a"), "mail");
        self.done += 1;
        let result = self.count();
        job.end(&result);
        result
    }

    fn count(&mut self) -> Result<u32, String> {
        Ok(self.done)
    }
}

/// A service that is generic over its back end starts guards on a reference, which each can be.
struct Service<M> {
    metrics: M,
}

impl<M: Metrics> Service<M> {
    fn serve(&self) {
        let job = (&self.metrics).start_job(Customer("a"), "mail");
        job.end(Outcome::Done);
    }
}

fn by_impl(metrics: impl Metrics + Clone) {
    metrics.start_job(Customer("a"), "mail").end(Outcome::Done);
}

fn by_reference(metrics: &impl Metrics) {
    metrics.start_job(Customer("a"), "mail").end(Outcome::Done);
}

fn by_object(metrics: &dyn Metrics) {
    metrics.start_job(Customer("a"), "mail").end(Outcome::Done);
}

fn by_box(metrics: &Box<dyn Metrics>) {
    metrics.start_job(Customer("a"), "mail").end(Outcome::Done);
}

fn main() {
    let recording = RecordingMetrics::default();
    by_impl(recording.clone());
    by_reference(&recording);
    by_object(&recording);
    by_box(&(Box::new(recording.clone()) as Box<dyn Metrics>));
    Service { metrics: recording.clone() }.serve();
    Service { metrics: Box::new(recording.clone()) as Box<dyn Metrics> }.serve();
    assert_eq!(recording.jobs_calls().outcome(Outcome::Done).count(), 6);

    let shared: Arc<dyn Metrics> = Arc::new(recording.clone());
    spawn(job(Arc::clone(&shared), String::from("b")));
    let job = shared.start_job(Customer("c"), "mail");
    let thread = std::thread::spawn(move || job.end(Outcome::Failed));
    assert!(thread.join().is_ok());
    recording.jobs_calls().outcome(Outcome::Failed).assert_once();

    // On a temporary: the guard owns a clone of it.
    let job = Arc::clone(&shared).start_job(Customer("d"), "mail");
    drop(shared);
    drop(job);
    recording.jobs_calls().customer(Customer("d")).outcome(Outcome::Aborted).assert_once();

    let mut worker = Worker { metrics: Arc::new(recording.clone()), done: 0 };
    assert_eq!(worker.step(), Ok(1));
    let running = running(&recording);
    assert_eq!((recording.in_flight(), running.steps), (1, 0));
    let shown = format!("{running:?}");
    assert!(shown.starts_with("Running { job: MetricsJobGuard { started_at: "), "{shown}");
    running.job.discard();
    recording.assert_none_in_flight();

    for metrics in [&NoOp as &dyn Metrics, &(NoOp, NoOp), &Some(NoOp), &vec![NoOp]] {
        by_object(metrics);
    }
}
