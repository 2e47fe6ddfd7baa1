//! Context parameters: they reach the hook, the mock and each back end, and make no series.

#![allow(clippy::too_many_arguments, reason = "every type of context")]

use std::cell::Cell;
use std::fmt::{self, Display};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use telemetry::context::{ContextKind, ContextValue};
use telemetry::registry::{Family, Snapshot};
use telemetry::value::Representation;
use telemetry::{Event, Label, NoOp, Registry, Sink, SinkAdapter, Surface, conformance, metrics};

type Height = u64;

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Failed,
}

#[metrics]
pub trait Metrics {
    /// Jobs.
    #[counter]
    #[histogram(name = "job_duration", labels())]
    fn jobs(
        &self,
        #[context] id: &str,
        outcome: Outcome,
        #[context] error: Option<&dyn Display>,
        took: Duration,
        #[context] height: Height,
    );

    /// Every type of context.
    #[counter]
    #[log(off)]
    fn all<'a>(
        &self,
        #[context] text: &'a str,
        #[context] shown: &'a (dyn Display + 'a),
        #[context] sent: &(dyn fmt::Display + Send),
        #[context] shared: Option<&'a (dyn std::fmt::Display + Sync)>,
        #[context] both: &(dyn Display + Send + Sync),
        #[context] small: u8,
        #[context] signed: Option<i32>,
        #[context] float: f32,
        #[context] took: Duration,
        #[context] retried: bool,
        #[context] r#type: Option<&str>,
    );
}

/// Counts how often it is formatted.
#[derive(Default)]
struct Formatted(Cell<u32>);

impl Display for Formatted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.set(self.0.get() + 1);
        f.write_str("formatted")
    }
}

#[test]
fn the_mock_has_context_as_owned_fields() {
    let mock = RecordingMetrics::default();
    mock.jobs("job-1", Outcome::Failed, Some(&"no space"), Duration::from_secs(2), 7);
    mock.jobs("job-2", Outcome::Ok, None, Duration::from_secs(1), 8);
    let calls = mock.jobs_calls().calls();
    assert_eq!(
        (calls[0].id.as_str(), calls[0].error.as_deref(), calls[0].height),
        ("job-1", Some("no space"), 7)
    );
    assert_eq!((calls[1].id.as_str(), calls[1].error.as_deref(), calls[1].height), ("job-2", None, 8));
    // The only value is still that.
    mock.jobs_calls().outcome(Outcome::Failed).assert_sum(Duration::from_secs(2));
}

#[test]
fn the_mock_has_each_type_of_context() {
    let mock = RecordingMetrics::default();
    mock.all("a", &1, &2, None, &"b", 3, Some(-4), 0.5, Duration::from_millis(6), true, Some("c"));
    let call = mock.all_calls().last();
    let texts = (call.text.as_str(), call.shown.as_str(), call.sent.as_str(), call.shared.as_deref());
    assert_eq!(texts, ("a", "1", "2", None));
    assert_eq!((call.both.as_str(), call.small, call.signed, call.float), ("b", 3, Some(-4), 0.5));
    assert_eq!(
        (call.took, call.retried, call.r#type.as_deref()),
        (Duration::from_millis(6), true, Some("c"))
    );
}

#[test]
fn calls_are_equal_by_the_text_of_their_context() {
    let mock = RecordingMetrics::default();
    let second = Duration::from_secs(1);
    mock.jobs("a", Outcome::Failed, Some(&format_args!("error {}", 5)), second, 1);
    let expected = MetricsCall::jobs("a", Outcome::Failed, Some(&"error 5"), second, 1);
    assert_eq!(mock.calls(), std::slice::from_ref(&expected));
    mock.assert_only([expected]);
    let others = [
        MetricsCall::jobs("b", Outcome::Failed, Some(&"error 5"), second, 1),
        MetricsCall::jobs("a", Outcome::Failed, Some(&"error 6"), second, 1),
        MetricsCall::jobs("a", Outcome::Failed, None, second, 1),
        MetricsCall::jobs("a", Outcome::Failed, Some(&"error 5"), second, 2),
    ];
    for other in others {
        assert_ne!(mock.calls(), [other]);
    }
}

#[test]
fn a_failing_assertion_prints_context() {
    let mock = RecordingMetrics::default();
    mock.jobs("a\nb", Outcome::Failed, Some(&"say \"hi\""), Duration::from_secs(1), 1);
    let call = r#"jobs(outcome="failed", took=1, id="a\nb", error="say \"hi\"", height=1)"#;
    assert_eq!(format!("{:?}", mock.calls()), format!("[{call}]"));
    mock.jobs("", Outcome::Ok, None, Duration::ZERO, 0);
    assert!(format!("{mock:?}").contains(r#"id="", error=None, height=0"#), "{mock:?}");
}

/// A decorator that knows no method.
struct Hook<M>(M);

impl<M: Metrics> Metrics for Hook<M> {
    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
    }
}

#[test]
fn context_makes_no_series() {
    let mock = RecordingMetrics::default();
    let registry = Registry::new();
    let instruments = registry.register::<dyn Metrics>().unwrap();
    for call in 0..3 {
        let secret = format!("secret-{call}");
        let all = (&mock, (&instruments, Hook(&instruments)));
        all.jobs(&secret, Outcome::Failed, Some(&secret), Duration::from_secs(1), call);
    }
    mock.assert_no_label_contains("secret");
    let mut snapshot = Snapshot::default();
    registry.collect(&mut snapshot);
    let families: Vec<_> = snapshot.families().filter(|family| family.name().contains("job")).collect();
    assert_eq!(families.len(), 2);
    let labels = families.iter().flat_map(Family::series).flat_map(|series| series.labels());
    assert!(labels.into_iter().all(|(key, _)| key == "outcome"));
    assert_eq!(<dyn Metrics as Surface>::SCHEMA.series(), 4);
}

#[test]
fn a_secret_in_context_is_found() {
    let mock = RecordingMetrics::default();
    mock.jobs("a", Outcome::Failed, Some(&"wrong password: hunter2"), Duration::ZERO, 1);
    mock.jobs("b", Outcome::Ok, None, Duration::ZERO, 1);
    mock.assert_no_context_contains("Bearer");
    let failure = std::panic::catch_unwind(|| mock.assert_no_context_contains("hunter2")).unwrap_err();
    let text = failure.downcast_ref::<String>().unwrap();
    assert!(
        text.starts_with("expected no context to contain \"hunter2\", but it is in 1 of the calls"),
        "{text}"
    );
    assert!(text.contains("-> 1. jobs(") && text.contains("   2. jobs("), "{text}");
}

#[test]
fn only_those_who_need_the_text_format_it() {
    let error = Formatted::default();
    NoOp.jobs("a", Outcome::Ok, Some(&error), Duration::ZERO, 1);
    let registry = Registry::new();
    let instruments = registry.register::<dyn Metrics>().unwrap();
    instruments.jobs("a", Outcome::Ok, Some(&error), Duration::ZERO, 1);
    Hook(&instruments).jobs("a", Outcome::Ok, Some(&error), Duration::ZERO, 1);
    telemetry::Log::default().jobs("a", Outcome::Ok, Some(&error), Duration::ZERO, 1);
    assert_eq!(error.0.get(), 0, "no subscriber reads the line");
    let mock = RecordingMetrics::default();
    mock.jobs("a", Outcome::Ok, Some(&error), Duration::ZERO, 1);
    assert_eq!(error.0.get(), 1);
}

#[test]
fn whatever_holds_an_implementation_passes_context_on() {
    let mock = RecordingMetrics::default();
    let shared: Arc<dyn Metrics> = Arc::new(mock.clone());
    let sink: &dyn Sink = &NoOp;
    let held = (Hook(vec![Some(&shared)]), (sink, [mock.clone()].as_slice().to_vec()));
    held.jobs("a", Outcome::Failed, Some(&"b"), Duration::ZERO, 1);
    let call = MetricsCall::jobs("a", Outcome::Failed, Some(&"b"), Duration::ZERO, 1);
    assert_eq!(mock.calls(), [call.clone(), call]);
}

/// Keeps the context of each call, and its `Debug` output.
#[derive(Default)]
struct Kept(Mutex<Vec<String>>);

impl Sink for Kept {
    fn record(&self, event: &Event<'_>) {
        let fields = event.context().map(|context| format!("{}={}", context.schema.param, context.value));
        self.0.lock().unwrap().push(fields.collect::<Vec<_>>().join(" "));
        self.0.lock().unwrap().push(format!("{event:?}"));
    }
}

#[test]
fn a_sink_sees_context() {
    let kept = Kept::default();
    SinkAdapter(&kept).jobs("a", Outcome::Failed, Some(&"\"b\""), Duration::from_secs(1), 7);
    let debug = r#"jobs(outcome="failed", took=1, id="a", error="\"b\"", height=7)"#;
    assert_eq!(*kept.0.lock().unwrap(), ["id=a error=\"b\" height=7", debug]);
}

/// Ends as a broken implementation of `Display` may.
struct Broken;

impl Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half ")?;
        std::panic::resume_unwind(Box::new("broken"))
    }
}

#[test]
fn a_display_that_panics_harms_neither_caller_nor_mock() {
    let mock = RecordingMetrics::default();
    mock.jobs("a", Outcome::Failed, Some(&Broken), Duration::ZERO, 1);
    assert_eq!(mock.jobs_calls().last().error.as_deref(), Some("half …"));
}

#[test]
fn the_schema_lists_context() {
    let [jobs, all] = <dyn Metrics as Surface>::SCHEMA.events else { panic!("two methods") };
    let fields: Vec<_> =
        jobs.context.iter().map(|context| (context.param, context.kind, context.optional)).collect();
    let height = ContextKind::Number(Representation::U64);
    let text = ContextKind::Text;
    assert_eq!(fields, [("id", text, false), ("error", text, true), ("height", height, false)]);
    assert_eq!((jobs.labels.len(), jobs.values.len(), all.context.len()), (1, 1, 11));
    assert_eq!(all.context[10].param, "type");
}

/// A decorator that forgets a parameter.
struct Drops<M>(M);
impl<M: Metrics> Metrics for Drops<M> {
    fn jobs(&self, id: &str, outcome: Outcome, _: Option<&dyn Display>, took: Duration, height: Height) {
        self.0.jobs(id, outcome, None, took, height);
    }
    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
    }
}

#[test]
fn a_decorator_that_drops_context_is_found() {
    let report = conformance::forwards::<dyn Metrics>(|inner| Box::new(Hook(inner)));
    assert!(report.by_hook.is_empty(), "{report:?}");

    let failure = std::panic::catch_unwind(|| {
        conformance::forwards::<dyn Metrics>(|inner| Box::new(Drops(inner)));
    });
    let failure = failure.unwrap_err();
    let text = failure.downcast_ref::<String>().unwrap();
    assert!(text.contains(r#"error="a""#) && text.contains("error=None"), "{text}");
}

#[test]
fn a_value_prints_as_its_text() {
    let values = [ContextValue::Text("a b"), ContextValue::Display(&5), ContextValue::Bool(true)];
    assert_eq!(values.map(|value| value.to_string()), ["a b", "5", "true"]);
    assert_eq!(format!("{values:?}"), r#"["a b", "5", true]"#);
    assert_eq!(ContextValue::None.to_string(), "");
}
