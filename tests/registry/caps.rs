//! Open labels: identity, caps, overflow, long text.

use super::lines;
use proptest::prelude::*;
use std::collections::HashMap;
use std::time::Duration;
use telemetry::label::{LabelSet, LabelValue};
use telemetry::{Event, Label, Registry, Sink, SinkAdapter, Surface, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "type", cap = 3, known = ["preset"])]
pub struct EventType<'a>(pub &'a str);

#[metrics(namespace = "caps", max_series = 40_000_000_000)]
pub trait Metrics {
    /// Published.
    #[counter]
    fn published(&self, event_type: EventType<'_>);

    /// Delivered.
    #[counter(value = n)]
    fn delivered(&self, event_type: EventType<'_>, ok: bool, n: u64);

    /// Pairs.
    #[counter]
    fn pairs(&self, #[label(cap = 400)] left: &str, #[label(cap = 400)] right: &str);

    /// Very many.
    #[counter]
    fn vast(
        &self,
        #[label(cap = 60_000)] a: &str,
        #[label(cap = 60_000)] b: &str,
        #[label(cap = 10)] c: &str,
    );
}

#[metrics(namespace = "more")]
pub trait More {
    /// Received.
    #[counter]
    fn received(&self, event_type: EventType<'_>);
}

fn registered() -> (Registry, impl Metrics) {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    (registry, metrics)
}

#[test]
fn the_cap_belongs_to_the_type_in_all_surfaces() {
    let (registry, metrics) = registered();
    let more = registry.register::<dyn More>().unwrap();
    metrics.published(EventType("a"));
    more.received(EventType("b"));
    metrics.published(EventType("c"));
    metrics.delivered(EventType("d"), true, 5);
    metrics.delivered(EventType("a"), true, 2);
    assert_eq!(lines(&registry, "published"), ["type=preset 0", "type=a 1", "type=other 1"]);
    assert_eq!(lines(&registry, "received"), ["type=preset 0", "type=b 1"]);
    assert_eq!(
        lines(&registry, "delivered"),
        ["type=preset,ok=false 0", "type=preset,ok=true 0", "type=a,ok=true 2", "type=other,ok=true 5"]
    );
    assert!(lines(&registry, "label_overflow").contains(&"label=type 2".to_owned()));
}

#[test]
fn junk_cannot_take_the_place_of_a_known_value() {
    let (registry, metrics) = registered();
    for n in 0..100 {
        metrics.published(EventType(&format!("junk {n}")));
    }
    metrics.published(EventType("preset"));
    assert_eq!(
        lines(&registry, "published"),
        ["type=preset 1", "type=junk 0 1", "type=junk 1 1", "type=other 98"]
    );
}

#[test]
fn text_that_equals_other_is_the_overflow_series() {
    let (registry, metrics) = registered();
    metrics.published(EventType("other"));
    for n in 0..3 {
        metrics.published(EventType(&format!("{n}")));
    }
    assert_eq!(lines(&registry, "published"), ["type=preset 0", "type=0 1", "type=1 1", "type=other 2"]);
    assert!(
        lines(&registry, "label_overflow").contains(&"label=type 1".to_owned()),
        "the text itself is no overflow"
    );
}

#[test]
fn pairs_of_texts_are_never_run_together() {
    let (registry, metrics) = registered();
    let pairs = [
        ("ab", "c"),
        ("a", "bc"),
        ("", "abc"),
        ("abc", ""),
        ("77kepQFQ8Kl", "!0IC=VloaY"),
        ("!0IC=VloaY", "77kepQFQ8Kl"),
    ];
    for (left, right) in pairs {
        metrics.pairs(left, right);
    }
    assert_eq!(lines(&registry, "pairs").len(), pairs.len());
}

#[test]
fn long_texts_stay_apart_and_are_bounded() {
    let (registry, metrics) = registered();
    let long = "x".repeat(1_000_000);
    metrics.pairs(&format!("{long}1"), "");
    metrics.pairs(&format!("{long}2"), "");
    metrics.pairs(&format!("{long}2"), "");
    let lines = lines(&registry, "pairs");
    assert_eq!(lines.len(), 2);
    assert!(lines[0].ends_with(" 1") && lines[1].ends_with(" 2"));
    assert!(lines.iter().all(|line| line.len() < 300), "{lines:?}");
}

#[test]
fn a_vast_space_takes_what_is_used_of_it() {
    let (registry, metrics) = registered();
    for n in 0..1_000 {
        metrics.vast(&format!("a{n}"), &format!("b{}", n * 7 % 1_000), "c");
    }
    assert_eq!(lines(&registry, "vast").len(), 1_000);
}

proptest! {
    #[test]
    fn any_text_is_one_series_and_comes_back(texts in proptest::collection::vec(any::<(String, String)>(), 0..60)) {
        let (registry, metrics) = registered();
        let mut expected: HashMap<(String, String), u64> = HashMap::new();
        for (left, right) in &texts {
            metrics.pairs(left, right);
            *expected.entry((left.clone(), right.clone())).or_default() += 1;
        }
        let snapshot = registry.snapshot();
        let family = snapshot.families().find(|family| family.name() == "pairs").unwrap();
        let mut found = HashMap::new();
        for series in family.series() {
            let labels: Vec<_> = series.labels().map(|(_, value)| value.into_owned()).collect();
            let telemetry::registry::Point::Sum(telemetry::value::Number::U64(sum)) = series.point() else { panic!() };
            found.insert((labels[0].clone(), labels[1].clone()), sum);
        }
        prop_assert_eq!(found, expected);
    }
}

/// A label by hand, which may give an index that its set does not have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ByHand(u32);

impl Label for ByHand {
    const SET: LabelSet = LabelSet::Closed(&["a", "b"]);
    type Owned = ByHand;

    fn value(&self) -> LabelValue<'_> {
        LabelValue::Closed(self.0)
    }

    fn again(&self) -> Self {
        *self
    }

    fn from_value(value: &LabelValue<'_>) -> Option<ByHand> {
        if let LabelValue::Closed(index) = value { Some(ByHand(*index)) } else { None }
    }
}

#[metrics(namespace = "gauges")]
pub trait Gauges {
    /// Depth.
    #[gauge]
    fn set_depth(&self, #[label(cap = 2)] queue: &str, n: u64);

    /// Age.
    #[gauge]
    fn set_age(&self, #[label(cap = 2, other = "rest")] queue_age: Option<&str>, age: Duration);

    /// Free.
    #[gauge]
    fn set_free(&self, #[label(range = 1..=3)] disk: i64, share: f64);

    /// State.
    #[gauge]
    fn set_state(&self, state: ByHand, n: i64);

    /// Very many.
    #[gauge]
    fn set_vast(&self, #[label(cap = 2_000)] left: &str, #[label(cap = 2_000)] right: &str, n: f64);

    /// Offsets.
    #[counter]
    #[gauge(name = "offset", value = n)]
    fn read(&self, #[label(cap = 1)] topic: &str, n: u64);
}

fn gauges() -> (Registry, impl Gauges) {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Gauges>().unwrap();
    (registry, metrics)
}

fn refused(registry: &Registry) -> String {
    let dropped = lines(registry, "dropped");
    dropped.into_iter().find(|line| line.starts_with("reason=label_overflow ")).unwrap()
}

#[test]
fn a_gauge_past_its_cap_is_refused_and_counted() {
    let (registry, metrics) = gauges();
    for round in 0..2 {
        for (n, queue) in (0..).zip(["a", "b", "c", "d"]) {
            metrics.set_depth(queue, 10 * round + n);
        }
    }
    assert_eq!(lines(&registry, "depth"), ["queue=a 10", "queue=b 11"]);
    assert_eq!(refused(&registry), "reason=label_overflow 4");
    assert!(lines(&registry, "label_overflow").contains(&"label=queue 4".to_owned()));
}

#[test]
fn a_gauge_has_no_series_for_what_its_labels_do_not_have() {
    let (registry, metrics) = gauges();
    metrics.set_depth("other", 1);
    metrics.set_free(0, 0.5);
    metrics.set_free(4, 0.5);
    metrics.set_free(i64::MIN, 0.5);
    metrics.set_state(ByHand(2), 1);
    metrics.set_state(ByHand(u32::MAX), 1);
    for n in 0..3 {
        metrics.set_age(Some(&n.to_string()), Duration::from_secs(n));
    }
    metrics.set_age(Some("rest"), Duration::ZERO);
    for family in ["depth", "free", "state"] {
        assert_eq!(lines(&registry, family), [""; 0], "{family}");
    }
    assert_eq!(refused(&registry), "reason=label_overflow 8");

    metrics.set_free(3, 0.25);
    metrics.set_state(ByHand(1), -1);
    metrics.set_age(None, Duration::from_secs(9));
    metrics.set_depth(&"x".repeat(1_000), 1);
    assert_eq!(lines(&registry, "free"), ["disk=3 0.25"]);
    assert_eq!(lines(&registry, "state"), ["state=b -1"]);
    assert_eq!(lines(&registry, "age"), ["queue_age=0 0", "queue_age=1 1", "queue_age=none 9"]);
    assert_eq!(lines(&registry, "depth").len(), 1, "long text is cut and is a value");
    assert_eq!(refused(&registry), "reason=label_overflow 8");
}

#[test]
fn a_gauge_of_a_vast_space_past_its_cap_is_refused_too() {
    let (registry, metrics) = gauges();
    for n in 0..2_010 {
        metrics.set_vast(&n.to_string(), "same", 1.0);
    }
    assert_eq!(lines(&registry, "vast").len(), 2_000);
    assert_eq!(refused(&registry), "reason=label_overflow 10");
}

#[test]
fn a_counter_beside_a_gauge_goes_on_past_the_cap() {
    let (registry, metrics) = gauges();
    for topic in ["a", "b", "c"] {
        metrics.read(topic, 7);
    }
    assert_eq!(lines(&registry, "read"), ["topic=a 1", "topic=other 2"]);
    assert_eq!(lines(&registry, "offset"), ["topic=a 7"]);
    assert_eq!(refused(&registry), "reason=label_overflow 2");
}

/// Every call by the hook.
struct Hook<M>(M);

impl<M: Gauges> Sink for Hook<M> {
    fn record(&self, event: &Event<'_>) {
        self.0.event(event);
    }
}

#[test]
fn a_gauge_past_its_cap_is_refused_by_the_hook_too() {
    let (registry, metrics) = gauges();
    let metrics = SinkAdapter(Hook(metrics));
    for queue in ["a", "b", "c"] {
        Gauges::set_depth(&metrics, queue, 1);
    }
    Gauges::set_state(&metrics, ByHand(7), 1);
    assert_eq!(lines(&registry, "depth"), ["queue=a 1", "queue=b 1"]);
    assert_eq!(lines(&registry, "state"), [""; 0]);
    assert_eq!(refused(&registry), "reason=label_overflow 2");
}

/// A gauge has no series for `other`, so none is in its budget.
#[test]
fn the_budget_of_a_gauge_is_what_it_can_have() {
    let events = <dyn Gauges as Surface>::SCHEMA.events;
    let event = |name: &str| events.iter().find(|event| event.name == name).unwrap();
    assert_eq!(event("set_depth").series(0), 2);
    assert_eq!(event("set_age").series(0), 2 + 1);
    assert_eq!(event("set_free").series(0), 3);
    assert_eq!(event("set_state").series(0), 2);
    assert_eq!(event("set_vast").series(0), 2_000 * 2_000);
    assert_eq!((event("read").series(0), event("read").series(1)), (2, 1));
}

#[metrics(namespace = "optional")]
pub trait Optional {
    /// Calls.
    #[counter]
    fn calls(&self, #[label(cap = 8)] user: Option<&str>);
}

#[test]
fn text_that_equals_none_is_the_series_of_absent_values() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Optional>().unwrap();
    metrics.calls(None);
    metrics.calls(Some("none"));
    metrics.calls(Some("a"));
    assert_eq!(lines(&registry, "calls"), ["user=a 1", "user=none 2"]);
}

#[metrics(namespace = "inline")]
pub trait Inline {
    /// Documents.
    #[gauge]
    fn set_documents(&self, #[label(cap = 3)] collection: &str, n: u64);

    /// Bytes.
    #[gauge]
    fn set_bytes(&self, #[label(cap = 2)] collection: &str, n: u64);

    /// Lookups.
    #[counter(name = "lookups", labels(collection, result = "hit"))]
    fn hit(&self, #[label(cap = 2)] collection: &str);

    /// Lookups.
    #[counter(name = "lookups", labels(collection, result = "miss"))]
    #[counter(name = "misses", labels(collection))]
    fn miss(&self, #[label(cap = 2)] collection: &str);

    /// Misses.
    #[counter(name = "misses")]
    fn lost(&self, #[label(cap = 2)] collection: &str);

    /// Writes.
    #[counter]
    fn writes(&self, #[label(cap = 2)] collection: &str);
}

#[test]
fn a_cap_on_a_parameter_belongs_to_its_method() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Inline>().unwrap();
    for name in ["a", "b", "c"] {
        metrics.set_documents(name, 1);
    }
    for name in ["d", "e"] {
        metrics.set_bytes(name, 1);
    }
    metrics.writes("f");
    metrics.writes("g");
    assert_eq!(lines(&registry, "documents"), ["collection=a 1", "collection=b 1", "collection=c 1"]);
    assert_eq!(lines(&registry, "bytes"), ["collection=d 1", "collection=e 1"]);
    assert_eq!(lines(&registry, "writes"), ["collection=f 1", "collection=g 1"]);
    assert!(lines(&registry, "label_overflow").contains(&"label=collection 0".to_owned()));
}

#[test]
fn methods_that_feed_one_instrument_share_its_cap() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Inline>().unwrap();
    metrics.hit("a");
    metrics.lost("b");
    metrics.miss("c");
    metrics.hit("b");
    let expected =
        ["collection=a,result=hit 1", "collection=b,result=hit 1", "collection=other,result=miss 1"];
    assert_eq!(lines(&registry, "lookups"), expected);
    assert_eq!(lines(&registry, "misses"), ["collection=b 1", "collection=other 1"]);
    // One series for each name of a label, whoever has it.
    metrics.writes("x");
    metrics.writes("y");
    metrics.writes("z");
    assert!(lines(&registry, "label_overflow").contains(&"label=collection 2".to_owned()));
}
