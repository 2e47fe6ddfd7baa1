//! Guards: a back end sees them start and end, and a decorator has to pass both edges on.

use super::failure;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use telemetry::{Event, GuardEdge, NoOp, Registry, Sink, SinkAdapter, conformance, metrics, prometheus};

/// Guards with and without labels of what is in flight.
#[metrics(namespace = "guarded")]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    #[up_down_counter(in_flight, name = "checkouts_waiting", labels(urgent, queue))]
    #[guard(start_checkout)]
    fn checkouts(&self, urgent: bool, #[label(cap = 4)] queue: &str, #[end(default = false)] done: bool);

    /// Jobs.
    #[histogram(name = "job_duration", value = took)]
    #[guard]
    fn jobs(&self, took: Duration);

    /// Requests, without a guard.
    #[counter]
    fn requests(&self);
}

#[test]
fn what_is_in_flight_appears_in_a_back_end_and_is_back_at_0() {
    let registry = Registry::new();
    let instruments = registry.register::<dyn Metrics>().unwrap();
    let text = || prometheus::render(&registry, prometheus::Format::OpenMetrics);
    let appears = |name: &str| text().lines().any(|line| line.starts_with(&format!("{name}{{")));
    assert!(!appears("guarded_checkouts_waiting"));
    let report = conformance::check::<dyn Metrics>(&instruments, |metric| {
        metric.name != "checkouts_waiting" || appears(&metric.names.family)
    });
    assert!(report.guards > 2, "{report:?}");
    for line in text().lines().filter(|line| line.starts_with("guarded_checkouts_waiting{")) {
        assert!(line.ends_with(" 0"), "{line}");
    }

    let mock = RecordingMetrics::default();
    let again = conformance::check::<dyn Metrics>(&mock, |_| mock.uncovered().is_empty());
    assert_eq!(again, report);
    assert_eq!(mock.len(), report.calls);
    mock.assert_none_in_flight();
}

#[test]
fn the_librarys_own_handles_pass_edges_on() {
    let report = conformance::forwards::<dyn Metrics>(|inner| Box::new(Box::new(Some(inner))));
    assert!(report.guards > 2, "{report:?}");
    conformance::forwards::<dyn Metrics>(|inner| Box::new((NoOp, vec![inner])));
}

/// A back end that keeps what each edge is, and may panic at the end.
#[derive(Default)]
struct Edges {
    kept: Mutex<Vec<String>>,
    panics_at_end: bool,
}

impl Sink for Edges {
    fn record(&self, _: &Event<'_>) {}

    fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        assert!(edge.is_start() || !self.panics_at_end, "no end");
        for counted in edge.in_flight() {
            let labels: Vec<_> = counted.labels().map(|(key, value)| format!("{key}={value}")).collect();
            let sign = if edge.is_start() { '+' } else { '-' };
            self.kept.lock().unwrap().push(format!("{sign} {}", labels.join(" ")));
        }
    }
}

#[test]
fn each_value_of_a_label_of_what_is_in_flight_starts_and_ends() {
    let edges = SinkAdapter(Edges::default());
    conformance::check::<dyn Metrics>(&edges, |_| true);
    let kept = edges.0.kept.into_inner().unwrap();
    for pair in kept.chunks(2) {
        assert_eq!(pair[0].replacen('+', "-", 1), pair[1]);
    }
    for urgent in ["urgent=false queue=", "urgent=true queue="] {
        assert!(kept.iter().any(|edge| edge[2..].starts_with(urgent)), "{kept:?}");
    }
    assert_eq!(kept.last().unwrap(), "- urgent=false queue=a");
}

/// The first guard that is started.
const GUARD: &str = r#"the guard of `start_checkout(urgent="false", queue="a")`"#;

#[test]
fn a_panic_at_an_edge_is_reported_with_the_guard() {
    let edges = SinkAdapter(Edges { panics_at_end: true, ..Edges::default() });
    let said = failure(|| conformance::check::<dyn Metrics>(&edges, |_| true));
    assert_eq!(said, format!("the end of {GUARD} panicked: no end"));
}

#[test]
fn a_back_end_without_edges_hears_where_they_come() {
    struct OnlyEvents;
    impl Sink for OnlyEvents {
        fn record(&self, _: &Event<'_>) {}
    }
    let said = failure(|| {
        conformance::check::<dyn Metrics>(&SinkAdapter(OnlyEvents), |metric| {
            metric.name != "checkouts_waiting"
        })
    });
    let [head, metric, help] = said.lines().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(head, "1 of 4 metrics do not appear, although their methods were called:");
    assert!(
        metric.starts_with("- `guarded_checkouts_waiting`, counted by the guards of `checkouts` ("),
        "{said}"
    );
    assert_eq!(help, "  help: count it in `guard_edge`, by `GuardEdge::in_flight`");
}

type Inner = SinkAdapter<conformance::Recorder>;

/// A decorator that forwards events, and does something to each edge.
struct Decorator(Inner, fn(&Inner, &mut GuardEdge<'_>));

impl Metrics for Decorator {
    fn event(&self, event: &Event<'_>) {
        Metrics::event(&self.0, event);
    }

    fn guard_edge(&self, edge: &mut GuardEdge<'_>) {
        (self.1)(&self.0, edge);
    }
}

fn said_of(edge: fn(&Inner, &mut GuardEdge<'_>)) -> String {
    failure(|| conformance::forwards::<dyn Metrics>(|inner| Box::new(Decorator(inner, edge))))
}

/// As one is written before its surface has guards.
struct Forgetful<M>(M);

impl<M: Metrics> Metrics for Forgetful<M> {
    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
    }
}

const LOST: &str = "does not arrive at the wrapped implementation: what is in flight is not counted, and its \
                    clock is not read\nhelp: write in the decorator, where `self.0` is what it wraps:\n\n    \
                    fn guard_edge(&self, edge: &mut telemetry::GuardEdge<'_>) { self.0.guard_edge(edge) }";

#[test]
fn a_decorator_that_forgets_edges_is_told_the_line_to_write() {
    let said = failure(|| conformance::forwards::<dyn Metrics>(|inner| Box::new(Forgetful(inner))));
    assert_eq!(said, format!("the start of {GUARD} {LOST}"));
    let said = said_of(|inner, edge| {
        if edge.is_start() {
            Metrics::guard_edge(inner, edge);
        }
    });
    assert_eq!(said, format!("the end of {GUARD} {LOST}"));
    // Also where nothing is in flight: the clock is lost.
    let said = said_of(|inner, edge| {
        if edge.schema().name != "jobs" {
            Metrics::guard_edge(inner, edge);
        }
    });
    assert_eq!(said, format!("the start of the guard of `start_jobs()` {LOST}"));
}

#[test]
fn a_decorator_that_doubles_an_edge_is_reported() {
    let said = said_of(|inner, edge| {
        Metrics::guard_edge(inner, edge);
        Metrics::guard_edge(inner, edge);
    });
    let (said, help) = said.split_once('\n').unwrap();
    assert_eq!(said, format!("the start of {GUARD} arrives 2 times at the wrapped implementation"));
    assert_eq!(help, "help: call `guard_edge` of what the decorator wraps once: each call counts in flight");
}

#[test]
fn a_decorator_that_sets_another_clock_is_reported() {
    let said = said_of(|inner, edge| {
        edge.set_clock(Instant::now());
        Metrics::guard_edge(inner, edge);
    });
    let (said, help) = said.split_once('\n').unwrap();
    assert_eq!(said, format!("the start of {GUARD} has another time than the wrapped implementation set"));
    assert_eq!(help, "help: do not call `set_clock` in the decorator's `guard_edge`");
    // A clock that is read gives way to one that is set.
    conformance::forwards::<dyn Metrics>(|inner| {
        Box::new(Decorator(inner, |inner, edge| {
            edge.read_clock();
            Metrics::guard_edge(inner, edge);
            edge.read_clock();
        }))
    });
}

#[test]
fn a_decorator_that_panics_at_an_edge_is_reported() {
    let said = said_of(|inner, edge| {
        Metrics::guard_edge(inner, edge);
        assert!(edge.is_start(), "the end is too much");
    });
    assert_eq!(said, format!("the end of {GUARD} panicked: the end is too much"));
}
