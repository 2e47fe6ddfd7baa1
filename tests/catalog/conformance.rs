//! What a conformance test calls, and what it finds.

mod guards;
mod removals;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::time::Duration;
use telemetry::conformance::{self, Report};
use telemetry::label::{LabelSet, LabelValue};
use telemetry::{Event, Label, Log, NoOp, Registry, Sink, SinkAdapter, Surface, metrics, prometheus};

use crate::surface::Hostile;

/// Labels and values of every sort.
#[metrics(namespace = "conform")]
pub trait Metrics {
    /// Closed labels.
    #[counter]
    fn closed(&self, hostile: Hostile, secure: bool, maybe: Option<bool>);

    /// Open labels, and what is in a range.
    #[counter]
    fn open(
        &self,
        #[label(cap = 100)] text: &str,
        #[label(cap = 4)] signed: Option<i8>,
        #[label(cap = 4)] unsigned: u8,
        #[label(range = 1..=3)] attempt: u16,
        #[label(range = -1..=1)] sign: i64,
    );

    /// Values.
    #[counter(name = "whole", value = whole)]
    #[up_down_counter(name = "delta", value = delta, help = "Deltas.")]
    #[gauge(name = "level", value = depth, help = "Levels.")]
    #[histogram(name = "took", value = took, help = "Times.")]
    fn values(&self, whole: u32, delta: i16, depth: Option<f64>, took: Option<Duration>);

    /// A label that nothing can be made of.
    #[counter]
    fn foreign(&self, #[label(with = Parity)] number: Number);
}

#[derive(Clone, Copy)]
pub struct Number(u8);

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    Even,
    Odd,
}

impl From<Number> for Parity {
    fn from(number: Number) -> Self {
        if number.0.is_multiple_of(2) { Parity::Even } else { Parity::Odd }
    }
}

/// What a failing assertion says.
fn failure(assertion: impl FnOnce() -> Report) -> String {
    *panic::catch_unwind(AssertUnwindSafe(assertion)).unwrap_err().downcast::<String>().unwrap()
}

#[test]
fn a_failure_stands_at_the_line_of_the_test() {
    // A hook is called by the thread that panics; other tests panic at the same time.
    thread_local! {
        static FILE: RefCell<String> = const { RefCell::new(String::new()) };
    }
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        FILE.set(info.location().unwrap().file().to_owned());
        hook(info);
    }));
    failure(|| conformance::check::<dyn Metrics>(&NoOp, |_| false));
    assert_eq!(FILE.take(), file!());
    failure(|| conformance::forwards::<dyn Metrics>(|_| Box::new(NoOp)));
    assert_eq!(FILE.take(), file!());
}

#[test]
fn the_librarys_own_back_ends_conform() {
    let registry = Registry::new();
    let instruments = registry.register::<dyn Metrics>().unwrap();
    let text = || prometheus::render(&registry, prometheus::Format::OpenMetrics);
    let report =
        conformance::check::<dyn Metrics>(&instruments, |metric| text().contains(&metric.names.family));
    assert_eq!(report.by_hook, ["foreign"]);

    let mock = RecordingMetrics::default();
    let again = conformance::check::<dyn Metrics>(&mock, |_| mock.uncovered().is_empty());
    assert_eq!(again, report);
    assert_eq!(mock.len(), report.calls);

    conformance::check::<dyn Metrics>(&NoOp, |_| true);
    conformance::check::<dyn Metrics>(&Log::default(), |_| true);
    conformance::forwards::<dyn Metrics>(|inner| Box::new(Box::new(Some(inner))));
    conformance::forwards::<dyn Metrics>(|inner| Box::new((NoOp, vec![inner])));
}

#[test]
fn every_combination_of_closed_labels_is_called() {
    let mock = RecordingMetrics::default();
    conformance::check::<dyn Metrics>(&mock, |_| true);
    let calls = mock.closed_calls().calls();
    let seen: BTreeSet<String> =
        calls.iter().map(|call| format!("{:?}", (call.hostile, call.secure, call.maybe))).collect();
    assert_eq!(seen.len(), 8 * 2 * 3);
}

#[test]
fn every_edge_is_called() {
    let mock = RecordingMetrics::default();
    conformance::check::<dyn Metrics>(&mock, |_| true);
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for call in mock.open_calls().calls() {
        let mut add = |label, value: String| seen.entry(label).or_default().extend([value]);
        add("text", call.text.clone());
        add("signed", format!("{:?}", call.signed));
        add("unsigned", call.unsigned.to_string());
        add("attempt", call.attempt.to_string());
        add("sign", call.sign.to_string());
    }
    for call in mock.values_calls().calls() {
        let mut add = |value, number: String| seen.entry(value).or_default().extend([number]);
        add("whole", call.whole.to_string());
        add("delta", call.delta.to_string());
        add("level", format!("{:?}", call.depth));
        add("took", format!("{:?}", call.took));
    }
    let expected: &[(&str, &[&str])] = &[
        ("text", &["", "a", "a\nb", "\0", "other", "none", "\u{202e}"]),
        ("signed", &["None", "Some(0)", "Some(-128)"]),
        ("unsigned", &["0", "1", "255"]),
        ("attempt", &["0", "1", "3", "4"]),
        ("sign", &["-2", "-1", "1", "2", "-9223372036854775808"]),
        ("whole", &["0", "1", "4294967295"]),
        ("delta", &["-1", "0", "1"]),
        ("level", &["None", "Some(-0.0)", "Some(NaN)", "Some(inf)", "Some(-inf)", "Some(1.0)"]),
        ("took", &["None", "Some(0ns)", "Some(1ns)", "Some(18446744073709551615.999999999s)"]),
    ];
    for (name, edges) in expected {
        for edge in *edges {
            assert!(seen[name].contains(*edge), "{name} was never {edge:?}: {:?}", seen[name]);
        }
    }
    assert!(seen["text"].iter().any(|text| text.len() > 4_096));
}

#[test]
fn a_panic_is_reported_with_its_call() {
    struct Picky;
    impl Metrics for Picky {
        fn closed(&self, hostile: Hostile, secure: bool, _: Option<bool>) {
            assert!(!(hostile == Hostile::Yes && secure), "not this one");
        }

        fn event(&self, _: &Event<'_>) {}
    }
    let said = failure(|| conformance::check::<dyn Metrics>(&Picky, |_| true));
    assert_eq!(said, r#"`closed(hostile="yes", secure="true", maybe="false")` panicked: not this one"#);
}

#[test]
fn a_missing_metric_is_reported_with_its_source_location() {
    #[derive(Default)]
    struct Names(Mutex<BTreeSet<&'static str>>);
    impl Sink for Names {
        fn record(&self, event: &Event<'_>) {
            let recorded = event.measurements().map(|measurement| measurement.instrument.name);
            self.0.lock().unwrap().extend(recorded.filter(|name| *name != "level"));
        }
    }
    let names = SinkAdapter(Names::default());
    let appears = |name| names.0.0.lock().unwrap().contains(name);
    let said = failure(|| conformance::check::<dyn Metrics>(&names, |metric| appears(metric.name)));
    let (head, metric) = said.split_once('\n').unwrap();
    assert_eq!(head, "1 of 7 metrics do not appear, although their methods were called:");
    assert!(
        metric.starts_with("- `conform_level`, recorded by `values` (tests/catalog/conformance.rs:"),
        "{said}"
    );
}

struct Forgetful<M>(M);

impl<M: Metrics> Metrics for Forgetful<M> {
    fn closed(&self, hostile: Hostile, secure: bool, maybe: Option<bool>) {
        self.0.closed(hostile, secure, maybe);
    }

    fn event(&self, _: &Event<'_>) {}
}

struct Twice<M>(M);

impl<M: Metrics> Metrics for Twice<M> {
    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
        self.0.event(event);
    }
}

struct Swaps<M>(M);

impl<M: Metrics> Metrics for Swaps<M> {
    fn closed(&self, hostile: Hostile, secure: bool, maybe: Option<bool>) {
        self.0.closed(hostile, !secure, maybe);
    }

    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
    }
}

#[test]
fn a_decorator_that_loses_doubles_or_changes_a_call_is_reported() {
    let said = failure(|| conformance::forwards::<dyn Metrics>(|inner| Box::new(Forgetful(inner))));
    assert_eq!(
        said,
        r#"the hook with `closed(hostile="a|b", secure="false", maybe="false")` does not arrive at the wrapped implementation"#
    );
    let said = failure(|| conformance::forwards::<dyn Metrics>(|inner| Box::new(Twice(inner))));
    assert_eq!(
        said,
        r#"`closed(hostile="a|b", secure="false", maybe="false")` arrives 2 times at the wrapped implementation"#
    );
    let said = failure(|| conformance::forwards::<dyn Metrics>(|inner| Box::new(Swaps(inner))));
    assert_eq!(
        said,
        r#"`closed(hostile="a|b", secure="false", maybe="false")` arrives as `closed(hostile="a|b", secure="true", maybe="false")` at the wrapped implementation"#
    );
}

/// A label by hand, as anyone may write one.
#[derive(Clone, Copy)]
pub struct ByHand;

impl Label for ByHand {
    const SET: LabelSet = LabelSet::Closed(&["only"]);
    type Owned = ();

    fn value(&self) -> LabelValue<'_> {
        LabelValue::Closed(0)
    }

    fn again(&self) -> Self {
        *self
    }

    fn from_value(_: &LabelValue<'_>) -> Option<()> {
        Some(())
    }
}

#[metrics]
pub trait Handmade {
    /// A label by hand.
    #[counter]
    fn by_hand(&self, label: ByHand);
}

#[test]
fn a_label_by_hand_goes_through_the_hook() {
    let mock = RecordingHandmade::default();
    let report = conformance::check::<dyn Handmade>(&mock, |_| mock.uncovered().is_empty());
    assert_eq!((report.calls, report.by_hook), (1, vec!["by_hand"]));
    mock.by_hand(ByHand);
    assert_eq!(<dyn Handmade as Surface>::SCHEMA.events.len(), 1);
}

#[metrics(mock(cfg(any())))]
pub trait WithoutMock {
    /// Requests.
    #[counter]
    fn requests(&self);
}

#[test]
fn a_surface_without_a_mock_is_not_passed_over() {
    let said = failure(|| conformance::check::<dyn WithoutMock>(&NoOp, |_| true));
    assert!(
        said.starts_with("the methods of `WithoutMock` cannot be called by their names\nhelp: "),
        "{said}"
    );
}

/// More combinations than are called.
#[metrics]
pub trait Many {
    /// Twelve times a choice of two.
    #[counter]
    #[allow(clippy::too_many_arguments, clippy::fn_params_excessive_bools, reason = "that is the point")]
    fn many(
        &self,
        a: bool,
        b: bool,
        c: bool,
        d: bool,
        e: bool,
        f: bool,
        g: bool,
        h: bool,
        i: bool,
        j: bool,
        k: bool,
        l: bool,
    );
}

#[test]
fn many_combinations_are_called_in_pairs() {
    let mock = RecordingMany::default();
    let report = conformance::check::<dyn Many>(&mock, |_| true);
    assert!(report.calls < 1_024, "{}", report.calls);
    for (first, second) in [(false, false), (false, true), (true, false), (true, true)] {
        assert!(mock.many_calls().a(first).l(second).count() > 0);
        assert!(mock.many_calls().e(first).h(second).count() > 0);
    }
}
