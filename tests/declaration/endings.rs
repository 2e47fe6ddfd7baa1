//! Operations that end without `end`: a dropped future, `?`, a panic, an abort, a runtime that shuts down.
//! The mock, the log and a scrape each show every one of them once.

use crate::capture::{Written, with_default};
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use telemetry::log::Lines;
use telemetry::prometheus::{Format, render};
use telemetry::{Label, Log, Registry, metrics};
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Served,
    Aborted,
}

#[metrics(namespace = "shop")]
pub trait Metrics {
    /// Requests served.
    #[counter]
    #[histogram(name = "request_duration", labels())]
    #[up_down_counter(in_flight, name = "requests_in_flight", labels(route))]
    #[log("request")]
    fn requests(
        &self,
        #[label(cap = 16)] route: &str,
        #[end(default = Outcome::Aborted)] outcome: Outcome,
        took: Duration,
    );
}

/// One handle, and the three places that show what happens on it.
struct Shown {
    metrics: Arc<dyn Metrics>,
    mock: RecordingMetrics,
    registry: Registry,
    written: Written,
}

impl Shown {
    fn assert_in_flight(&self, count: usize) {
        assert_eq!(self.mock.in_flight(), count);
        self.assert_sample(&format!(r#"shop_requests_in_flight{{route="/slow"}} {count}"#));
    }

    fn assert_sample(&self, sample: &str) {
        let text = render(&self.registry, Format::Text);
        assert!(text.lines().any(|line| line == sample), "{sample} is not in\n{text}");
    }

    /// Asserts that nothing has ended yet.
    fn assert_silent(&self) {
        assert_eq!(self.mock.calls(), []);
        assert_eq!(self.written.text(), "");
    }

    /// Asserts that nothing is in flight, and that this many requests have ended, each with its default.
    fn assert_aborted(&self, count: usize, took: Duration) {
        self.mock.assert_none_in_flight();
        let call = MetricsCall::requests("/slow", Outcome::Aborted, took);
        assert_eq!(self.mock.calls(), vec![call; count]);

        let text = self.written.text();
        let line = "[metrics] event=request route=/slow outcome=aborted took=";
        assert_eq!(text.lines().filter(|written| written.starts_with(line)).count(), count, "{text}");
        assert_eq!(text.lines().count(), count, "{text}");

        self.assert_in_flight(0);
        self.assert_sample(&format!(r#"shop_requests_total{{route="/slow",outcome="aborted"}} {count}"#));
        self.assert_sample(&format!("shop_request_duration_seconds_count {count}"));
        let sum = took * u32::try_from(count).unwrap();
        self.assert_sample(&format!("shop_request_duration_seconds_sum {}", sum.as_secs_f64()));
    }
}

/// Runs `run` with a handle to all three, whose clock is the runtime's paused one.
fn show(run: impl FnOnce(Arc<Shown>, Runtime)) {
    let registry = Registry::new();
    let instruments = registry.register::<dyn Metrics>().unwrap();
    let mock = RecordingMetrics::default();
    let metrics: Arc<dyn Metrics> = Arc::new((mock.clone(), (Log::default(), instruments)));
    let written = Written::default();
    let subscriber =
        tracing_subscriber::fmt().event_format(Lines::default()).with_writer(written.clone()).finish();
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    with_default(subscriber, || run(Arc::new(Shown { metrics, mock, registry, written }), runtime));
}

/// A request that never comes to its end.
async fn hang(shown: Arc<Shown>) {
    let guard = shown.metrics.start_requests("/slow");
    pending::<()>().await;
    guard.end(Outcome::Served);
}

#[test]
fn a_timeout_that_drops_the_future_is_counted_for_each_request() {
    show(|shown, runtime| {
        shown.mock.set_clock(|| tokio::time::Instant::now().into_std());
        let second = Duration::from_secs(1);
        let request = || timeout(second, hang(shown.clone()));
        let look = async {
            sleep(second / 2).await;
            shown.assert_in_flight(3);
            shown.assert_silent();
        };
        let (first, second_one, third, ()) =
            runtime.block_on(async { tokio::join!(request(), request(), request(), look) });
        assert!(first.is_err() && second_one.is_err() && third.is_err());
        shown.assert_aborted(3, second);
    });
}

#[test]
fn a_question_mark_in_the_middle_is_counted() {
    fn request(shown: &Shown, body: &str) -> Result<(), std::num::ParseIntError> {
        let guard = shown.metrics.start_requests("/slow");
        shown.assert_in_flight(1);
        shown.assert_silent();
        shown.mock.advance(Duration::from_secs(2));
        let _: u64 = body.parse()?;
        guard.end(Outcome::Served);
        Ok(())
    }
    show(|shown, _| {
        assert!(request(&shown, "seven").is_err());
        shown.assert_aborted(1, Duration::from_secs(2));
    });
}

#[test]
fn a_panic_in_a_task_is_counted() {
    show(|shown, runtime| {
        let inner = shown.clone();
        let task = async move {
            let _guard = inner.metrics.start_requests("/slow");
            inner.assert_in_flight(1);
            inner.assert_silent();
            inner.mock.advance(Duration::from_secs(2));
            panic!("a handler that panics");
        };
        let result = runtime.block_on(async { tokio::spawn(task).await });
        assert!(result.is_err_and(|error| error.is_panic()));
        shown.assert_aborted(1, Duration::from_secs(2));
    });
}

#[test]
fn an_aborted_task_is_counted() {
    show(|shown, runtime| {
        let result = runtime.block_on(async {
            let task = tokio::spawn(hang(shown.clone()));
            yield_now().await;
            shown.assert_in_flight(1);
            shown.assert_silent();
            task.abort();
            task.await
        });
        assert!(result.is_err_and(|error| error.is_cancelled()));
        shown.assert_aborted(1, Duration::ZERO);
    });
}

#[test]
fn a_runtime_that_shuts_down_counts_what_it_drops() {
    show(|shown, runtime| {
        runtime.block_on(async {
            drop((tokio::spawn(hang(shown.clone())), tokio::spawn(hang(shown.clone()))));
            yield_now().await;
            shown.assert_in_flight(2);
        });
        shown.assert_silent();
        drop(runtime);
        shown.assert_aborted(2, Duration::ZERO);
    });
}
