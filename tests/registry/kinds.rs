//! What each kind keeps, and what it refuses.

use super::every_kind::{Metrics, Stage};
use super::lines;
use proptest::prelude::*;
use std::time::Duration;
use telemetry::Registry;

/// The series of `took` whose label has its other value.
const NO_INSERT: &str = "stage=insert [0, 0, 0] sum 0";

fn registered() -> (Registry, impl Metrics) {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    (registry, metrics)
}

fn dropped(registry: &Registry, reason: &str) -> String {
    let prefix = format!("reason={reason} ");
    lines(registry, "dropped").iter().find_map(|line| line.strip_prefix(&prefix)).unwrap().to_owned()
}

#[test]
fn counters_add_up() {
    let (registry, metrics) = registered();
    metrics.calls();
    metrics.calls();
    metrics.received(40);
    metrics.received(2);
    metrics.busy(Duration::from_millis(1_500));
    metrics.busy(Duration::from_nanos(1));
    assert_eq!(lines(&registry, "calls"), ["2"]);
    assert_eq!(lines(&registry, "received"), ["42"]);
    assert_eq!(lines(&registry, "busy"), ["1.500000001"]);
}

/// What the pages on Prometheus say of durations: a counter adds nanoseconds, a histogram floats.
#[test]
fn durations_are_exact_in_a_counter_and_floats_in_a_histogram() {
    let (registry, metrics) = registered();
    for millis in [42, 10] {
        metrics.busy(Duration::from_millis(millis));
        metrics.took(Some(Duration::from_millis(millis)), Stage::Lease);
    }
    assert_eq!(lines(&registry, "busy"), ["0.052"]);
    assert_eq!(lines(&registry, "took"), ["stage=lease [2, 0, 0] sum 0.052000000000000005", NO_INSERT]);
}

#[test]
fn a_counter_saturates_and_never_falls() {
    let (registry, metrics) = registered();
    metrics.received(u64::MAX);
    metrics.received(2);
    assert_eq!(lines(&registry, "received"), [u64::MAX.to_string()]);
    assert_eq!(dropped(&registry, "saturated"), "1");
    metrics.busy(Duration::MAX);
    assert_eq!(dropped(&registry, "saturated"), "2");
}

#[test]
fn a_counter_refuses_what_would_make_it_fall_or_meaningless() {
    let (registry, metrics) = registered();
    metrics.cost(2.5);
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        metrics.cost(bad);
    }
    metrics.cost(-1.0);
    metrics.cost(-0.0);
    assert_eq!(lines(&registry, "cost"), ["2.5"]);
    assert_eq!(dropped(&registry, "not_finite"), "3");
    assert_eq!(dropped(&registry, "negative"), "1");
}

#[test]
fn a_float_counter_keeps_ones_above_two_to_the_53() {
    let (registry, metrics) = registered();
    metrics.cost(9_007_199_254_740_992.0);
    for _ in 0..1_000 {
        metrics.cost(1.0);
    }
    assert_eq!(lines(&registry, "cost"), ["9007199254741992"]);
}

#[test]
fn an_up_down_counter_follows_both_events() {
    let (registry, metrics) = registered();
    metrics.opened();
    metrics.opened();
    metrics.closed();
    assert_eq!(lines(&registry, "connections"), ["1"]);
    metrics.closed();
    metrics.closed();
    assert_eq!(lines(&registry, "connections"), ["-1"]);
    metrics.credit(1.5);
    metrics.credit(-4.0);
    metrics.credit(f64::NAN);
    assert_eq!(lines(&registry, "credit"), ["-2.5"]);
    metrics.credit(f64::MAX);
    metrics.credit(f64::MAX);
    assert_eq!(lines(&registry, "credit"), [format!("{:?}", f64::MAX)]);
}

#[test]
fn a_gauge_keeps_the_last_number_of_its_type() {
    let (registry, metrics) = registered();
    for gauge in ["load", "depth", "balance", "age"] {
        assert!(lines(&registry, gauge).is_empty(), "nobody set it");
    }
    metrics.set_load(1.0);
    metrics.set_load(f64::NAN);
    metrics.set_depth(u64::MAX, Stage::Lease);
    metrics.set_balance(i64::MIN);
    metrics.set_age(Duration::from_millis(250));
    assert_eq!(lines(&registry, "load"), ["NaN"]);
    assert_eq!(lines(&registry, "depth"), [format!("stage=lease {}", u64::MAX)]);
    assert_eq!(lines(&registry, "balance"), [i64::MIN.to_string()]);
    assert_eq!(lines(&registry, "age"), ["0.25"]);
    metrics.set_load(0.0);
    assert_eq!(lines(&registry, "load"), ["0"], "set to zero is set");
}

#[test]
fn a_histogram_counts_by_bucket() {
    let (registry, metrics) = registered();
    for n in [0.0, 1.0, 1.1, 10.0, 11.0] {
        metrics.size(n);
    }
    assert_eq!(lines(&registry, "size"), ["[2, 2, 1] sum 23.1"]);
    for bad in [f64::NAN, f64::INFINITY, -0.5] {
        metrics.size(bad);
    }
    assert_eq!(lines(&registry, "size"), ["[2, 2, 1] sum 23.1"]);
    assert_eq!(dropped(&registry, "not_finite"), "2");
    assert_eq!(dropped(&registry, "negative"), "1");
    metrics.size(f64::MAX);
    metrics.size(f64::MAX);
    assert_eq!(lines(&registry, "size"), [format!("[2, 2, 3] sum {}", f64::MAX)]);
}

#[test]
fn a_signed_histogram_takes_negative_numbers() {
    let (registry, metrics) = registered();
    for n in [-2.0, -1.0, 0.0, 1.5] {
        metrics.change(n);
    }
    assert_eq!(lines(&registry, "change"), ["[2, 1, 0, 1] sum -1.5"]);
}

#[test]
fn an_absent_value_leaves_the_instrument_alone() {
    let (registry, metrics) = registered();
    metrics.took(None, Stage::Lease);
    metrics.took(Some(Duration::from_millis(500)), Stage::Lease);
    assert_eq!(lines(&registry, "took"), ["stage=lease [1, 0, 0] sum 0.5", NO_INSERT]);
}

proptest! {
    /// The hot path, the hook and a plain sum agree.
    #[test]
    fn the_slow_path_records_the_same(numbers in proptest::collection::vec(0_u32..100, 0..40)) {
        let (quick, slow) = (registered(), registered());
        let hook: &dyn telemetry::Sink = &telemetry::SinkAdapter(Hook(&slow.1));
        for n in &numbers {
            for metrics in [&quick.1 as &dyn Metrics, &hook as &dyn Metrics] {
                metrics.calls();
                metrics.received(u64::from(*n));
                metrics.cost(f64::from(*n) / 4.0);
                metrics.size(f64::from(*n) / 4.0);
                metrics.credit(-f64::from(*n));
                metrics.set_depth(u64::from(*n), Stage::Insert);
            }
        }
        for family in ["calls", "received", "cost", "size", "credit", "depth"] {
            prop_assert_eq!(lines(&quick.0, family), lines(&slow.0, family));
        }
        let sum: u64 = numbers.iter().map(|n| u64::from(*n)).sum();
        prop_assert_eq!(lines(&quick.0, "received"), [sum.to_string()]);
    }
}

/// Every call by the hook.
struct Hook<'a, M>(&'a M);

impl<M: Metrics> telemetry::Sink for Hook<'_, M> {
    fn record(&self, event: &telemetry::Event<'_>) {
        self.0.event(event);
    }
}
