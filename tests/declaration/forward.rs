//! Whatever holds an implementation is one, and a hook or an override is never bypassed.

use crate::surface::{Bytes, EventType, Metrics, MetricsCall, Protocol, RecordingMetrics, Stage};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use telemetry::{Event, Log, NoOp, Sink, SinkAdapter};

/// Calls every method once.
fn call_all(metrics: &(impl Metrics + ?Sized)) {
    metrics.failures(Stage::Lease);
    metrics.publish(EventType("email.received"), 3);
    metrics.requests(Some("/v1"), Some(Duration::from_millis(5)));
    metrics.rows_deleted(true, 7);
    metrics.set_lag(2.5);
    metrics.opened(Protocol::Tcp);
    metrics.closed(Protocol::Udp);
    metrics.hit();
    metrics.absent();
    metrics.miss(2, -3);
    metrics.received(None, Bytes(9));
}

fn all_calls() -> Vec<MetricsCall> {
    vec![
        MetricsCall::failures(Stage::Lease),
        MetricsCall::publish(EventType("email.received"), 3),
        MetricsCall::requests(Some("/v1"), Some(Duration::from_millis(5))),
        MetricsCall::rows_deleted(true, 7),
        MetricsCall::set_lag(2.5),
        MetricsCall::opened(Protocol::Tcp),
        MetricsCall::closed(Protocol::Udp),
        MetricsCall::hit(),
        MetricsCall::absent(),
        MetricsCall::miss(2, -3),
        MetricsCall::received(None, Bytes(9)),
    ]
}

#[test]
fn every_holder_forwards_every_method() {
    let mock = RecordingMetrics::default();
    let holders: Vec<Box<dyn Metrics>> = vec![
        Box::new(mock.clone()),
        Box::new(Arc::new(mock.clone())),
        Box::new(Box::new(mock.clone())),
        Box::new(Some(mock.clone())),
        Box::new((mock.clone(), NoOp)),
        Box::new((NoOp, mock.clone())),
        Box::new(vec![mock.clone()]),
        Box::new(vec![Arc::new(mock.clone()) as Arc<dyn Metrics>]),
        Box::new((Log::default(), Some((mock.clone(), None::<NoOp>)))),
    ];
    for holder in &holders {
        call_all(holder);
        assert_eq!(mock.take(), all_calls());
    }
    call_all(&&mock);
    call_all([mock.clone()].as_slice());
    assert_eq!(mock.take(), [all_calls(), all_calls()].concat());
}

#[test]
fn a_fan_out_reaches_all_and_none_reaches_nobody() {
    let mocks = [RecordingMetrics::default(), RecordingMetrics::default()];
    call_all(mocks.as_slice());
    assert!(mocks.iter().all(|mock| mock.calls() == all_calls()));
    call_all(&None::<RecordingMetrics>);
    call_all(&Vec::<RecordingMetrics>::new());
}

/// A decorator as a user writes it: it knows one method, and forwards the hook.
struct Decorator<M>(M);

impl<M: Metrics> Metrics for Decorator<M> {
    fn failures(&self, stage: Stage) {
        self.0.failures(stage);
        self.0.failures(stage);
    }

    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
    }
}

#[test]
fn a_decorator_that_forwards_the_hook_loses_no_metric() {
    let mock = RecordingMetrics::default();
    call_all(&Decorator(Arc::new(mock.clone())));
    let mut expected = all_calls();
    expected.insert(0, MetricsCall::failures(Stage::Lease));
    assert_eq!(mock.calls(), expected);
    assert_eq!(mock.uncovered(), [""; 0]);
    mock.miss_calls().attempt(2).shard(-3).assert_once();
    mock.requests_calls().route(Some("/v1")).assert_once();
}

#[test]
fn an_override_is_not_bypassed_by_a_holder() {
    let mock = RecordingMetrics::default();
    let held: Arc<dyn Metrics> = Arc::new(Box::new(Some((Decorator(mock.clone()), NoOp))));
    held.failures(Stage::Lease);
    mock.failures_calls().assert_times(2);
}

/// A foreign back end: one type with one method.
#[derive(Default)]
struct Names(Mutex<Vec<String>>);

impl Sink for Names {
    fn record(&self, event: &Event<'_>) {
        self.0.lock().unwrap().push(format!("{event:?}"));
    }
}

#[test]
fn a_sink_takes_every_surface() {
    let names = Arc::new(Names::default());
    let dynamic: Arc<dyn Sink> = names.clone();
    call_all(&*dynamic);
    let spelt_out: Arc<dyn Sink + Send + Sync> = Arc::new(NoOp);
    call_all(&spelt_out);
    call_all(&SinkAdapter(names.clone()));
    let seen = names.0.lock().unwrap();
    assert_eq!(
        seen[..11],
        [
            r#"failures(stage="lease")"#,
            r#"publish(event_type="email.received", rows=3)"#,
            r#"requests(route="/v1", took=0.005)"#,
            r#"rows_deleted(archived="true", count=7)"#,
            "set_lag(seconds=2.5)",
            r#"opened(protocol="stream")"#,
            r#"closed(protocol="datagram")"#,
            "hit()",
            "absent()",
            "miss(attempt=2, shard=-3)",
            "received(type=None, size=9)",
        ],
    );
    assert_eq!(seen[..11], seen[11..]);
}

#[test]
fn a_sink_reads_labels_and_values_with_their_schema() {
    struct Reads;
    impl Sink for Reads {
        fn record(&self, event: &Event<'_>) {
            let labels: Vec<_> =
                event.labels().map(|label| (label.schema.key, label.text().unwrap().into_owned())).collect();
            let values: Vec<_> =
                event.values().map(|value| (value.schema.param, value.number.unwrap().as_f64())).collect();
            assert_eq!(labels, [("type", "a".to_owned())]);
            assert_eq!(values, [("rows", 2.0)]);
        }
    }
    SinkAdapter(Reads).publish(EventType("a"), 2);
}

/// Overrides the helper.
struct Retries;

impl Metrics for Retries {
    fn retry(&self, _: Stage) -> u32 {
        7
    }

    fn event(&self, _: &Event<'_>) {}
}

#[test]
fn a_helper_that_is_overridden_is_not_bypassed() {
    let held: Arc<dyn Metrics> = Arc::new(Box::new(Retries));
    assert_eq!(held.retry(Stage::Lease), 7);
    assert_eq!((&&Retries as &dyn Metrics).retry(Stage::Lease), 7);
    assert_eq!((Retries, NoOp).retry(Stage::Lease), 2, "a pair has nobody to ask");
}

#[test]
fn a_helper_runs_its_body() {
    let mock = RecordingMetrics::default();
    assert_eq!(mock.retry(Stage::UpdateStatus), 2);
    mock.failures_calls().stage(Stage::UpdateStatus).assert_times(2);
}
