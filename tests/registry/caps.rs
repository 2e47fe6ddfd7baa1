//! Open labels: identity, caps, overflow, long text.

use super::lines;
use proptest::prelude::*;
use std::collections::HashMap;
use telemetry::{Label, Registry, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "type", cap = 3, known = ["preset"])]
pub struct EventType<'a>(pub &'a str);

#[metrics(namespace = "caps")]
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
    assert_eq!(lines(&registry, "published"), ["type=a 1", "type=other 1"]);
    assert_eq!(lines(&registry, "received"), ["type=b 1"]);
    assert_eq!(lines(&registry, "delivered"), ["type=a,ok=true 2", "type=other,ok=true 5"]);
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
    assert_eq!(lines(&registry, "published"), ["type=0 1", "type=1 1", "type=other 2"]);
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
