//! The recording mock: what it records, what its assertions say, and how it waits.

use crate::surface::{EventType, Metrics, MetricsCall, RecordingMetrics, Stage};
use std::collections::HashSet;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};
use telemetry::mock::within;
use telemetry::{Label, metrics};

#[test]
fn views_filter_count_and_sum() {
    let mock = RecordingMetrics::default();
    mock.publish(EventType("a"), 2);
    mock.publish(EventType("a"), 3);
    mock.publish(EventType("b"), 10);
    let published = mock.publish_calls();
    assert_eq!((published.count(), published.event_type(EventType("a")).count()), (3, 2));
    assert_eq!((published.sum(), published.event_type(EventType("a")).sum()), (15, 5));
    assert_eq!(published.last().event_type, "b");
    assert_eq!(published.sum_of(|call| call.rows), 15);
    published.event_type(EventType("b")).assert_once();
    published.event_type(EventType("c")).assert_never();
    published.assert_times(3);
    published.assert_sum(15);
    assert_eq!(mock.calls().len(), 3, "reading takes nothing away");
}

#[test]
fn a_view_is_live() {
    let mock = RecordingMetrics::default();
    let failures = mock.failures_calls().stage(Stage::Lease);
    failures.assert_never();
    mock.failures(Stage::Lease);
    failures.assert_once();
}

#[test]
fn optional_values_are_options_and_add_nothing() {
    let mock = RecordingMetrics::default();
    mock.requests(None, None);
    mock.requests(Some("/"), Some(Duration::from_secs(2)));
    assert_eq!(mock.requests_calls().calls()[0].took, None);
    assert_eq!(mock.requests_calls().calls()[1].route.as_deref(), Some("/"));
    mock.requests_calls().assert_sum(Duration::from_secs(2));
    mock.requests_calls().route(None).assert_once();
}

#[test]
fn text_is_whole_and_floats_are_compared_by_bits() {
    let mock = RecordingMetrics::default();
    let long = "x".repeat(1_000);
    mock.publish(EventType(&long), 1);
    mock.set_lag(f64::NAN);
    assert_eq!(mock.publish_calls().last().event_type, long);
    assert_eq!(mock.calls()[1], MetricsCall::set_lag(f64::NAN));
    assert_ne!(MetricsCall::set_lag(0.0), MetricsCall::set_lag(-0.0));
}

#[test]
fn clones_share_and_threads_record() {
    let mock = RecordingMetrics::default();
    thread::scope(|scope| {
        for _ in 0..4 {
            let clone = mock.clone();
            scope.spawn(move || (0..250).for_each(|_| clone.failures(Stage::Lease)));
        }
    });
    mock.failures_calls().assert_times(1_000);
    assert_eq!(mock.take().len(), 1_000);
    assert!(mock.is_empty());
}

#[test]
fn uncovered_names_what_was_not_called() {
    let (one, other) = (RecordingMetrics::default(), RecordingMetrics::default());
    one.failures(Stage::Lease);
    one.clone().hit();
    let _ = one.take();
    assert!(!one.uncovered().contains(&"failures") && !one.uncovered().contains(&"hit"));
    assert_eq!(one.uncovered().len(), 9);
    assert_eq!(other.uncovered().len(), 11);
    other.set_lag(1.0);
    assert_eq!(RecordingMetrics::uncovered_in([&one, &other]).len(), 8);
}

/// The message of a failing assertion, and the line that the panic stands at.
fn failure(assertion: impl FnOnce()) -> (String, u32) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    let line = Arc::new(Mutex::new(0));
    let seen = line.clone();
    let this = thread::current().id();
    let before = take_hook();
    set_hook(Box::new(move |info| {
        if thread::current().id() == this {
            assert!(info.location().unwrap().file().ends_with("mock.rs"));
            *seen.lock().unwrap() = info.location().unwrap().line();
        }
    }));
    let result = catch_unwind(AssertUnwindSafe(assertion));
    set_hook(before);
    let payload = result.expect_err("the assertion fails");
    let line = *line.lock().unwrap();
    (payload.downcast_ref::<String>().cloned().unwrap_or_default(), line)
}

fn recorded() -> RecordingMetrics {
    let mock = RecordingMetrics::default();
    mock.failures(Stage::Lease);
    mock.failures(Stage::UpdateStatus);
    mock.failures(Stage::Lease);
    mock.hit();
    mock
}

#[test]
fn a_failing_assertion_stands_at_the_callers_line_and_prints_every_call() {
    let mock = recorded();
    let (message, line) = failure(|| mock.failures_calls().stage(Stage::Lease).assert_once());
    assert_eq!(line, line!() - 1);
    assert_eq!(
        message,
        "expected `failures` with stage=\"lease\" to be called once, but it was called twice\n\
         recorded calls of `failures` (3):\n  \
         -> 1. failures(stage=\"lease\")\n     \
            2. failures(stage=\"update_status\")\n  \
         -> 3. failures(stage=\"lease\")",
    );
}

/// A failing assertion, and how its message begins.
type Case<'a> = (Box<dyn FnOnce() + 'a>, &'a str);

#[test]
fn every_assertion_says_what_it_expected() {
    let mock = recorded();
    mock.publish(EventType("a"), 2);
    let cases: Vec<Case<'_>> = vec![
        (
            Box::new(|| mock.failures_calls().assert_never()),
            "expected `failures` not to be called, but it was called 3 times",
        ),
        (
            Box::new(|| mock.miss_calls().assert_once()),
            "expected `miss` to be called once, but it was not\nrecorded calls of `miss`: none",
        ),
        (
            Box::new(|| mock.publish_calls().assert_sum(3)),
            "expected `publish` to sum up to 3, but the sum is 2",
        ),
        (
            Box::new(|| mock.failures_calls().assert_covers(|call| call.stage)),
            "expected `failures` to cover every value, but not `list_webhooks`",
        ),
        (
            Box::new(|| drop(mock.requests_calls().route(Some("/")).last())),
            "expected `requests` with route=\"/\" to have a last call",
        ),
        (
            Box::new(|| mock.assert_no_label_contains("updat")),
            "expected no label to contain \"updat\", but it is in 1 of the calls",
        ),
    ];
    for (assertion, expected) in cases {
        let (message, _) = failure(assertion);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn assert_only_takes_any_order_and_names_both_sides() {
    let mock = recorded();
    mock.assert_only([
        MetricsCall::hit(),
        MetricsCall::failures(Stage::Lease),
        MetricsCall::failures(Stage::Lease),
        MetricsCall::failures(Stage::UpdateStatus),
    ]);
    let (message, line) = failure(|| mock.assert_only([MetricsCall::hit(), MetricsCall::hit()]));
    assert_eq!(line, line!() - 1);
    assert!(
        message.starts_with("expected only the given calls: 1 missing, 3 not expected\nmissing (1):"),
        "{message}"
    );
    RecordingMetrics::default().assert_only([]);
}

#[test]
fn assert_covers_wants_each_value() {
    let mock = recorded();
    mock.failures(Stage::ListWebhooks);
    mock.failures_calls().assert_covers(|call| call.stage);
}

/// What unknown text becomes.
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Mail,
    #[label(other)]
    Unknown,
    Web,
}

#[metrics]
pub trait Sources {
    /// Messages that came in.
    #[counter]
    fn received(&self, source: Source);
}

#[test]
fn assert_covers_does_not_want_the_value_of_unknown_text() {
    let mock = RecordingSources::default();
    mock.received(Source::Mail);
    let (message, _) = failure(|| mock.received_calls().assert_covers(|call| call.source));
    assert!(message.contains("to cover every value, but not `web`\n"), "{message}");
    mock.received(Source::Web);
    mock.received_calls().assert_covers(|call| call.source);
    mock.received(Source::Unknown);
    mock.received_calls().assert_covers(|call| call.source);
}

/// A surface with each kind of instrument.
#[metrics(namespace = "relay")]
pub trait Relay {
    /// Deliveries.
    #[counter]
    #[histogram(name = "delivery_duration", value = took, labels())]
    #[up_down_counter(in_flight, name = "deliveries_running", labels())]
    #[guard]
    fn deliveries(&self, urgent: bool, took: Duration);

    /// Age of the oldest mail.
    #[gauge(unit = seconds)]
    fn set_queue_age(&self, urgent: bool, age: Duration);
}

#[test]
fn a_total_is_what_a_registry_holds_whatever_was_taken_or_forgotten() {
    let mock = RecordingRelay::default();
    mock.keep_last(1);
    mock.deliveries(true, Duration::from_millis(42));
    mock.deliveries(false, Duration::from_millis(10));
    assert_eq!((mock.take().len(), mock.forgotten()), (1, 0));
    mock.set_queue_age(true, Duration::from_secs(9));
    mock.set_queue_age(true, Duration::from_secs(3));
    let running = mock.start_deliveries(true);
    let calls = mock.deliveries_calls();
    calls.total_of("deliveries").assert_value(2);
    calls.urgent(true).total_of("deliveries").assert_value(1..);
    calls.total_of("delivery_duration").assert_count(2);
    calls.total_of("delivery_duration").assert_sum(Duration::from_millis(52));
    calls.total_of("deliveries_running").assert_value(1);
    drop(running);
    calls.total_of("deliveries_running").assert_value(0);
    mock.set_queue_age_calls()
        .urgent(true)
        .total()
        .assert_value(within(Duration::from_secs(4), Duration::from_secs(1)));
    assert_eq!(mock.totals().reading("relay_deliveries", &[("urgent", "true")]).value(), Some(2.0));
}

#[test]
fn a_failing_total_says_what_it_is_and_what_was_recorded() {
    let mock = RecordingRelay::default();
    mock.set_queue_age(true, Duration::from_secs(9));
    mock.set_queue_age(false, Duration::from_secs(3));
    let age = mock.set_queue_age_calls();
    let (message, line) = failure(|| age.urgent(true).total().assert_value(..=5));
    assert_eq!(line, line!() - 1);
    assert_eq!(
        message,
        "expected the gauge `queue_age` with urgent=\"true\" to be at most 5, but it is 9\n\
         series (1):\n     queue_age{urgent=\"true\"} 9\n\
         recorded calls that feed `queue_age` (2):\n     \
            1. set_queue_age(urgent=\"true\", age=9)\n     \
            2. set_queue_age(urgent=\"false\", age=3)",
    );
    let cases: Vec<Case<'_>> = vec![
        (
            Box::new(|| age.total().assert_value(1)),
            "expected the gauge `queue_age` to be one series, but it is 2",
        ),
        (
            Box::new(|| drop(mock.deliveries_calls().total())),
            "expected `deliveries` to have one instrument; of several use `.total_of(\"deliveries\")` or",
        ),
        (
            Box::new(|| drop(mock.deliveries_calls().total_of("x"))),
            "expected `deliveries` to have an instrument `x`; it has `deliveries`, ",
        ),
        (
            Box::new(|| drop(mock.deliveries_calls().urgent(true).total_of("delivery_duration"))),
            "expected `deliveries` with urgent=\"true\" to have a total, but `delivery_duration` has no label",
        ),
        (
            Box::new(|| mock.deliveries_calls().total_of("delivery_duration").assert_value(1)),
            "expected the histogram `delivery_duration` to have one value, but it has `count` and `sum`",
        ),
    ];
    for (assertion, expected) in cases {
        let (message, _) = failure(assertion);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn assertions_on_calls_fail_where_calls_were_forgotten_but_not_since_a_later_mark() {
    let mock = RecordingMetrics::default();
    mock.keep_last(2);
    mock.hit();
    mock.hit();
    mock.hit();
    assert_eq!((mock.len(), mock.forgotten()), (2, 1));
    let (message, _) = failure(|| mock.hit_calls().assert_times(2));
    assert!(
        message.starts_with("expected to see all calls, but the mock has forgotten 1 of them"),
        "{message}"
    );
    let mark = mock.mark();
    mock.miss(1, 2);
    mock.since(mark).assert_exactly([MetricsCall::miss(1, 2)]);
    mock.hit_calls().since(mark).assert_never();
}

#[test]
fn assert_exactly_wants_the_order_and_marks_the_first_difference() {
    let mock = recorded();
    let (message, line) =
        failure(|| mock.assert_exactly([MetricsCall::failures(Stage::Lease), MetricsCall::hit()]));
    assert_eq!(line, line!() - 1);
    assert_eq!(
        message,
        "expected exactly the given calls in this order, but call 2 differs\n\
         expected (2):\n     \
            1. failures(stage=\"lease\")\n  \
         -> 2. hit()\n\
         recorded (4):\n     \
            1. failures(stage=\"lease\")\n  \
         -> 2. failures(stage=\"update_status\")\n     \
            3. failures(stage=\"lease\")\n     \
            4. hit()",
    );
}

/// Records three times, in a thread of its own.
fn three_hits(mock: RecordingMetrics) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for _ in 0..3 {
            thread::sleep(Duration::from_millis(5));
            mock.hit();
        }
    })
}

#[test]
fn wait_for_sees_other_threads() {
    let mock = RecordingMetrics::default();
    let thread = three_hits(mock.clone());
    mock.hit_calls().wait_for(|hits| hits.count() == 3, Duration::from_secs(30));
    mock.wait_for(|calls| calls.len() == 3, Duration::MAX);
    thread.join().unwrap();
}

#[test]
fn wait_for_fails_at_the_callers_line() {
    let mock = recorded();
    let before = Instant::now();
    let (message, line) =
        failure(|| mock.hit_calls().wait_for(|hits| hits.count() == 2, Duration::from_millis(20)));
    assert_eq!(line, line!() - 1);
    assert!(before.elapsed() >= Duration::from_millis(20));
    assert!(
        message
            .starts_with("expected `hit` to satisfy the predicate within 20ms\nrecorded calls of `hit` (1):"),
        "{message}"
    );
}

/// Wakes a thread.
struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// A runtime of six lines.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn the_async_twin_needs_no_runtime() {
    let mock = RecordingMetrics::default();
    let thread = three_hits(mock.clone());
    block_on(mock.hit_calls().wait_for_async(|hits| hits.count() == 3, Duration::from_secs(30)));
    block_on(mock.wait_for_async(|calls| calls.len() == 3, Duration::from_secs(30)));
    thread.join().unwrap();
}

#[test]
fn the_async_twin_ends_at_its_deadline_and_says_where_it_was_called() {
    let mock = recorded();
    let late = mock.hit_calls().wait_for_async(|hits| hits.count() == 2, Duration::from_millis(20));
    let line = line!() - 1;
    let result = catch_unwind(AssertUnwindSafe(|| block_on(late)));
    let message = result.expect_err("the deadline").downcast_ref::<String>().cloned().unwrap_or_default();
    assert!(message.contains(&format!("mock.rs:{line}")), "{message}");
}

#[test]
fn the_async_twin_ends_in_time_though_calls_keep_coming() {
    let mock = RecordingMetrics::default();
    let (asked, timeout) = (mock.clone(), Duration::from_millis(20));
    // Each question is answered with one more call: a poll that asks until it is quiet never ends.
    let late = mock.hit_calls().wait_for_async(
        move |_| {
            asked.hit();
            false
        },
        timeout,
    );
    assert!(catch_unwind(AssertUnwindSafe(|| block_on(late))).is_err());
}

/// Counts how often it is woken, and may not like it.
struct Counts(Mutex<usize>, bool);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        *self.0.lock().unwrap() += 1;
        assert!(!self.1, "a waker's own panic");
    }
}

#[test]
fn a_future_holds_one_waker_and_none_when_it_is_gone() {
    let mock = RecordingMetrics::default();
    let wakers: Vec<_> = (0..10).map(|_| Arc::new(Counts(Mutex::new(0), false))).collect();
    let mut future = mock.hit_calls().wait_for_async(|hits| hits.count() == 9, Duration::MAX);
    for waker in &wakers {
        let waker = Waker::from(waker.clone());
        assert!(pin!(&mut future).poll(&mut Context::from_waker(&waker)).is_pending());
    }
    mock.hit();
    let woken: Vec<usize> = wakers.iter().map(|waker| *waker.0.lock().unwrap()).collect();
    assert_eq!(woken, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    let last = Waker::from(wakers[9].clone());
    assert!(pin!(&mut future).poll(&mut Context::from_waker(&last)).is_pending());
    drop((future, last));
    assert!(wakers.iter().all(|waker| Arc::strong_count(waker) == 1));
}

#[test]
fn a_waker_that_panics_fails_no_call_and_no_other_waiter() {
    let mock = RecordingMetrics::default();
    let (bad, good) = (Arc::new(Counts(Mutex::new(0), true)), Arc::new(Counts(Mutex::new(0), false)));
    let mut futures = [(); 2].map(|()| mock.hit_calls().wait_for_async(|_| false, Duration::MAX));
    for (future, waker) in futures.iter_mut().zip([bad.clone(), good.clone()]) {
        assert!(pin!(future).poll(&mut Context::from_waker(&Waker::from(waker))).is_pending());
    }
    mock.hit();
    assert_eq!(*good.0.lock().unwrap(), 1);
}

#[test]
fn taking_is_a_change_to_wait_for() {
    let mock = recorded();
    let taker = mock.clone();
    let thread = thread::spawn(move || {
        thread::sleep(Duration::from_millis(5));
        taker.take().len()
    });
    mock.wait_for(<[MetricsCall]>::is_empty, Duration::MAX);
    assert_eq!(thread.join().unwrap(), 4);
}

#[test]
fn calls_can_be_keys() {
    let calls: HashSet<MetricsCall> = recorded().calls().into_iter().collect();
    assert_eq!(calls.len(), 3);
    assert!(calls.contains(&MetricsCall::failures(Stage::Lease)));
}

#[test]
fn nan_sums_up_to_nan() {
    let mock = RecordingMetrics::new();
    mock.set_lag(f64::NAN);
    mock.set_lag_calls().assert_sum(f64::NAN);
}

#[test]
fn a_filter_finds_long_text_that_came_through_the_hook() {
    struct Hook(RecordingMetrics);
    impl Metrics for Hook {
        fn event(&self, event: &telemetry::Event<'_>) {
            self.0.event(event);
        }
    }
    let mock = RecordingMetrics::new();
    let long = "x".repeat(300);
    mock.publish(EventType(&long), 1);
    Hook(mock.clone()).publish(EventType(&long), 1);
    mock.publish_calls().event_type(EventType(&long)).assert_times(2);
    mock.publish_calls().event_type(EventType(&"x".repeat(301))).assert_never();
}

#[test]
fn an_integer_outside_of_its_range_is_shown_with_what_it_counts_as() {
    let mock = RecordingMetrics::new();
    mock.miss(9, -7);
    let (message, _) = failure(|| mock.miss_calls().attempt(8).assert_once());
    assert!(message.starts_with("expected `miss` with attempt=8 (other) to be called once"), "{message}");
    assert!(message.ends_with("miss(attempt=9 (other), shard=-7)"), "{message}");
}

#[test]
fn a_panic_in_one_test_thread_leaves_the_mock_whole() {
    let mock = recorded();
    let clone = mock.clone();
    let result = thread::spawn(move || clone.hit_calls().assert_never()).join();
    assert!(result.is_err());
    mock.hit();
    mock.hit_calls().assert_times(2);
}

mod clashing_names {
    //! Metrics and labels named as the mock's own methods.

    #[telemetry::metrics]
    trait Metrics {
        /// Calls.
        #[counter]
        fn calls(&self, count: bool);

        /// Takes.
        #[counter]
        fn take(&self, view: bool, journal: bool);
    }

    #[test]
    fn a_metric_or_a_label_may_be_named_as_a_method_of_the_mock() {
        let mock = RecordingMetrics::default();
        mock.calls(true);
        mock.take(false, true);
        assert_eq!(mock.journal().calls(), [MetricsCall::calls(true), MetricsCall::take(false, true)]);
        mock.calls_calls().count(true).assert_once();
        assert_eq!(mock.calls_calls().view().count(), 1);
        mock.take_calls().view(false).journal(true).assert_once();
    }
}
