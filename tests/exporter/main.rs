//! Builds exporters by the registry's public items alone, as another crate would, with all that ours have.
#![allow(
    clippy::expect_used,
    clippy::float_cmp,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails, and the counts are whole"
)]

mod pull;
mod push;

use pull::Pull;
use push::Push;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use telemetry::registry::Point;
use telemetry::value::Number;
use telemetry::{Registry, metrics};

#[metrics(namespace = "shop")]
trait Metrics {
    /// Orders.
    #[counter]
    #[log(off)]
    fn orders(&self, #[label(cap = 300)] customer: &str);

    /// Sizes of orders.
    #[histogram(buckets = [1, 10])]
    #[log(off)]
    fn size(&self, items: f64);

    /// Orders that wait.
    #[gauge]
    #[log(off)]
    fn set_waiting(&self, orders: u64);
}

fn registry() -> (Registry, Arc<dyn Metrics>) {
    let registry = Registry::builder().constant_label("region", "eu").build().unwrap();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    (registry, Arc::new(metrics))
}

/// Adds up the numbers of a family of the registry's own.
fn own_sum(registry: &Registry, name: &str) -> f64 {
    let snapshot = registry.snapshot();
    let family = snapshot.families().find(|family| family.name() == name).unwrap();
    let numbers = family.series().map(|series| match series.point() {
        Point::Sum(number) | Point::Gauge(number) => number.as_f64(),
        point => panic!("{point:?}"),
    });
    numbers.sum()
}

#[test]
fn only_blocks_with_a_new_number_are_written() {
    let (registry, metrics) = registry();
    let customers: Vec<String> = (0..200).map(|n| format!("customer {n}")).collect();
    for customer in &customers {
        metrics.orders(customer);
    }

    let mut pull = Pull::new(&registry);
    let first = pull.render();
    assert!(first.contains("shop_orders{region=\"eu\",customer=\"customer 199\"} 1\n"), "{first}");
    assert!(pull.take_written() > 200 / pull::BLOCK);

    assert_eq!(pull.render(), first);
    assert_eq!(pull.take_written(), 0, "nothing has changed");

    metrics.orders("customer 70");
    let changed = pull.render();
    assert!(changed.contains("customer=\"customer 70\"} 2\n"), "{changed}");
    assert_eq!(pull.take_written(), 1, "one block has");

    metrics.orders("someone new");
    assert!(pull.render().contains("someone new"));
    assert_eq!(pull.render(), Pull::new(&registry).render(), "an exporter without a cache says the same");
}

#[test]
fn deltas_and_samples_arrive_once_and_the_next_exporter_goes_on() {
    let (registry, metrics) = registry();
    metrics.orders("a");
    let mut push = Push::start(&registry, 1024).unwrap();
    assert!(Push::start(&registry, 1024).is_none(), "there is one at a time");

    metrics.orders("a");
    metrics.size(5.0);
    metrics.size(50.0);
    assert_eq!(push.lines("shop"), ["orders customer=a +2", "size 5", "size 50"]);
    metrics.orders("b");
    assert_eq!(push.lines("shop"), ["orders customer=b +1"]);
    drop(push);

    metrics.orders("a");
    let mut next = Push::start(&registry, 1024).unwrap();
    assert_eq!(next.lines("shop"), ["orders customer=a +1"]);
}

#[test]
fn samples_past_the_ring_are_counted_as_lost() {
    let (registry, metrics) = registry();
    let mut push = Push::start(&registry, 16).unwrap();
    (0..40).for_each(|_| metrics.size(1.0));
    assert_eq!(push.lines("shop").len(), 16);
    assert_eq!(push.lost(), 24);
}

#[test]
fn external_expositions_are_appended_and_those_that_clash_are_counted_once() {
    let (registry, metrics) = registry();
    metrics.orders("a");
    registry.join(|| "jobs_total 3\n".to_owned());
    registry.join(|| "shop_orders_total 7\n".to_owned());
    registry.join(|| panic!("a source may fail"));

    let mut pull = Pull::new(&registry);
    for _ in 0..3 {
        let text = pull.render();
        assert!(text.ends_with("jobs_total 3\n"), "{text}");
        assert!(!text.contains("shop_orders_total 7"), "{text}");
    }
    assert_eq!(own_sum(&registry, "rejected_expositions"), 1.0);
    assert_eq!(own_sum(&registry, "collect_panics"), 3.0);
}

/// What one exporter rejects, another one may accept.
#[test]
fn exporters_that_judge_differently_count_each_fault_once() {
    let (registry, metrics) = registry();
    metrics.orders("a");
    registry.join(|| "jobs_total{ 3\n".to_owned());
    registry.join(|| "shop_orders_total 7\n".to_owned());
    let mut pull = Pull::new(&registry);
    for _ in 0..3 {
        pull.render();
        let text = telemetry::prometheus::render(&registry, telemetry::prometheus::Format::Text);
        assert!(!text.contains("jobs_total"), "{text}");
    }
    assert_eq!(own_sum(&registry, "rejected_expositions"), 2.0);
}

#[test]
fn an_exporter_of_another_name_delivers_everything() {
    let (registry, metrics) = registry();
    metrics.orders("a");
    let mut push = Push::start(&registry, 16).unwrap();
    assert_eq!(push.lines("shop"), ["orders customer=a +1"]);
    drop(push);

    let snapshot = registry.snapshot();
    let family = snapshot.families().find(|family| family.name() == "orders").unwrap();
    let series = family.series().next().unwrap();
    let (family, series) = (family.id(), series.id());
    let mut other = registry.sample_stream("other", 16, 1.0).unwrap();
    assert_eq!(other.delivered(family, series), None);
    other.set_delivered(family, series, Number::F64(f64::NAN));
    assert_eq!(other.delivered(family, series), None, "no delta could be taken from it");
    drop(other);
    let push = registry.sample_stream("push", 16, 1.0).unwrap();
    assert_eq!(push.delivered(family, series), Some(Number::U64(1)));
}

#[test]
fn a_source_that_scrapes_calls_no_source() {
    let (registry, _) = registry();
    let calls = Arc::new(AtomicU64::new(0));
    let (inner, counted) = (registry.clone(), calls.clone());
    registry.join(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        assert!(inner.expositions().is_none());
        String::new()
    });
    assert_eq!(registry.expositions(), Some(vec![Some(String::new())]));
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[test]
fn a_callback_ends_with_its_owner_and_its_name_is_free_again() {
    let (registry, _) = registry();
    let push = Push::start(&registry, 16).unwrap();
    assert_eq!(push.name(), "push");
    assert_eq!(own_sum(&registry, "exporter_reports"), 1.0);
    assert_eq!(own_sum(&registry, "exporter_reports"), 2.0);
    drop(push);
    assert_eq!(own_sum(&registry, "exporter_reports"), 2.0, "nobody calls it any more");

    let next = Push::start(&registry, 16).unwrap();
    let other = registry.claim_name(push::NAMES);
    assert_eq!((next.name(), other.name()), ("push", "push-2"));
}

/// An exporter that reads without a collection runs no callback.
#[test]
fn a_peek_runs_no_callback() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    registry.on_collect(&metrics, |metrics| metrics.set_waiting(7));
    let waiting = |snapshot: &telemetry::registry::Snapshot| {
        let family = snapshot.families().find(|family| family.name() == "waiting").unwrap();
        family.series().next().map(|series| format!("{:?}", series.point()))
    };
    let mut snapshot = telemetry::registry::Snapshot::default();
    registry.peek(&mut snapshot);
    assert_eq!(waiting(&snapshot), None);
    registry.collect(&mut snapshot);
    assert_eq!(waiting(&snapshot), Some(format!("{:?}", Point::Gauge(Number::U64(7)))));
}
