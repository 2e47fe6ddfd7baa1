//! Removals: a back end sees them, with the instruments and labels of what goes, and may forget the series.

use super::failure;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use telemetry::{Event, NoOp, Registry, Sink, SinkAdapter, conformance, metrics, prometheus};

#[metrics(namespace = "removed")]
pub trait Metrics {
    /// Jobs done.
    #[counter(name = "done", labels(queue, kind = "small"))]
    #[gauge(name = "size", labels(queue, zone, urgent), value = bytes)]
    fn small(
        &self,
        #[label(cap = 99)] queue: &str,
        #[label(cap = 99)] zone: Option<&str>,
        urgent: bool,
        bytes: u64,
    );

    /// Jobs done.
    #[counter(name = "done", labels(queue, kind = "large"))]
    fn large(&self, #[label(cap = 99)] queue: &str);

    /// A zone has no jobs of that urgency.
    #[remove(size)]
    fn zone_empty(&self, urgent: bool, zone: Option<&str>);
}

/// A second surface, whose gauges go whole.
#[metrics(namespace = "gone")]
pub trait Gauges {
    /// Ages.
    #[gauge]
    fn set_age(&self, #[label(cap = 99)] queue: &str, n: u64);

    /// Sizes.
    #[gauge]
    fn set_size(&self, #[label(cap = 99)] queue: &str, n: u64);

    /// A queue is gone.
    #[remove(age)]
    fn queue_gone(&self, queue: &str);
}

/// A metric's name and its labels.
type Series = (&'static str, Vec<(&'static str, String)>);

/// A back end that keeps gauges as long as their series live.
#[derive(Default)]
struct Kept(Mutex<BTreeMap<Series, f64>>);

impl Kept {
    fn has(&self, metric: &str) -> bool {
        self.0.lock().unwrap().keys().any(|(name, _)| *name == metric)
    }
}

impl Sink for Kept {
    fn record(&self, event: &Event<'_>) {
        let mut kept = self.0.lock().unwrap();
        for one in event.measurements() {
            let labels = one.labels().map(|(key, text)| (key, text.into_owned())).collect();
            kept.insert((one.instrument.name, labels), one.number.as_f64());
        }
        for removed in event.removals() {
            kept.retain(|(name, labels), _| {
                let has = |(key, text)| labels.iter().any(|own| own.0 == key && own.1 == text);
                *name != removed.instrument.name || !removed.labels().all(has)
            });
        }
    }
}

#[test]
fn a_back_end_may_forget_what_is_removed() {
    let kept = SinkAdapter(Kept::default());
    conformance::check::<dyn Metrics>(&kept, |metric| kept.0.has(metric.name));
    let report = conformance::check::<dyn Gauges>(&kept, |metric| kept.0.has(metric.name));
    assert!(report.removals > 2 && report.removals < report.calls, "{report:?}");
    assert!(kept.0.has("done"), "no method removes it");
    assert!(!kept.0.has("age"));
}

#[test]
fn what_is_removed_is_gone_from_a_registry() {
    let registry = Registry::new();
    let instruments = registry.register::<dyn Gauges>().unwrap();
    let has = |name: &str| {
        let text = prometheus::render(&registry, prometheus::Format::OpenMetrics);
        text.lines().any(|line| line.starts_with(&format!("{name}{{")))
    };
    let report = conformance::check::<dyn Gauges>(&instruments, |metric| has(&metric.names.family));
    assert!(has("gone_size") && !has("gone_age"));

    let mock = RecordingGauges::default();
    let again = conformance::check::<dyn Gauges>(&mock, |_| mock.uncovered().is_empty());
    assert_eq!(again, report);
    assert_eq!(mock.len(), report.calls);
    conformance::check::<dyn Gauges>(&NoOp, |_| true);
    let forwarded = conformance::forwards::<dyn Gauges>(|inner| Box::new(Box::new(Some(inner))));
    assert_eq!(forwarded, report);
}

/// A back end that keeps the text of each removal.
#[derive(Default)]
struct Texts(Mutex<BTreeSet<String>>);

impl Sink for Texts {
    fn record(&self, event: &Event<'_>) {
        let texts = event.removals().map(|removed| {
            let labels: Vec<_> = removed.labels().map(|(key, text)| format!("{key}={text}")).collect();
            format!("{} {}", removed.instrument.name, labels.join(" "))
        });
        self.0.lock().unwrap().extend(texts);
    }
}

#[test]
fn a_removal_names_instruments_with_the_labels_of_the_call() {
    let texts = SinkAdapter(Texts::default());
    texts.zone_empty(true, Some("eu"));
    texts.zone_empty(false, None);
    texts.small("mail", Some("eu"), true, 1);
    let texts = texts.0.0.into_inner().unwrap();
    let expected = ["size zone=eu urgent=true", "size zone=none urgent=false"];
    assert_eq!(texts.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// One instrument of two methods, in several registrations.
#[metrics(namespace = "shared", labels(#[label(cap = 8)] pool: &str))]
trait Shared {
    /// Jobs done.
    #[counter(name = "finished", labels(queue, kind = "small"))]
    fn small_finished(&self, #[label(cap = 99, max_len = 32)] queue: &str);

    /// Jobs done.
    #[counter(name = "finished", labels(queue, kind = "large"))]
    fn large_finished(&self, #[label(cap = 99, max_len = 32)] queue: &str);

    /// A queue was deleted.
    #[remove(finished)]
    fn queue_deleted(&self, queue: &str);
}

#[test]
fn a_removal_names_each_instrument_with_its_constants_and_its_registration() {
    let texts = Texts::default();
    SinkAdapter::with(&texts, SharedLabels { pool: "a" }).queue_deleted("mail");
    SinkAdapter(&texts).queue_deleted(&"x".repeat(99));
    let texts = texts.0.into_inner().unwrap();
    let cut = texts.iter().find(|text| text.contains("queue=xx")).unwrap();
    assert!(cut.starts_with("finished queue=xx") && cut.len() < 80, "no label of a registration: {cut}");
    for kind in ["small", "large"] {
        let whole = format!("finished pool=a queue=mail kind={kind}");
        assert!(texts.contains(&whole), "{whole} is not in {texts:?}");
    }
    assert_eq!(texts.len(), 4);
}

struct Loses<M>(M);

impl<M: Gauges> Gauges for Loses<M> {
    fn queue_gone(&self, _: &str) {}

    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
    }
}

#[test]
fn a_decorator_that_loses_a_removal_is_reported() {
    let said = failure(|| conformance::forwards::<dyn Gauges>(|inner| Box::new(Loses(inner))));
    assert_eq!(said, r#"`queue_gone(queue="a")` does not arrive at the wrapped implementation"#);
}
