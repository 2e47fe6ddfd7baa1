//! Intervals of deltas, and exemplars that are sent once.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

use super::*;
use crate::Registry;
use crate::TraceContext;
use crate::metrics;
use crate::otlp::format::Temporality;
use crate::otlp::proto::{Data, ExemplarValue};
use std::cell::Cell;
use std::time::{Duration, UNIX_EPOCH};

#[metrics(namespace = "encode", mock(cfg(any())))]
trait Surface {
    /// Calls.
    #[counter]
    fn calls(&self, #[label(cap = 8)] who: &str);
}

const DELTA: Format = Format { temporality: Temporality::Delta, exponential: true };

const LIMITS: Limits = Limits { points: 10_000, bytes: Limits::MAX_BYTES };

/// Delivers a push, and returns its points as start, time and number.
fn sent(registry: &Registry, delivered: &mut Delivered, time: SystemTime) -> Vec<(u64, u64, Value)> {
    let snapshot = registry.snapshot();
    let resource = Resource::default();
    let gone = Gone::default();
    let mut batches = Batches::of(&snapshot, &gone, 0, LIMITS, &resource, DELTA, time);
    let batch = batches.next(delivered, &Sent::default(), &HashSet::new()).unwrap();
    delivered.add(batch.totals);
    delivered.complete(batches.time());
    let scopes = &batch.request.resource_metrics[0].scope_metrics;
    let metrics = scopes.iter().flat_map(|scope| &scope.metrics);
    let ours = metrics.filter(|metric| metric.name == "encode.calls").map(|metric| match &metric.data {
        Some(Data::Sum(sum)) => &sum.data_points,
        other => panic!("{other:?}"),
    });
    ours.flatten()
        .map(|point| (point.start_time_unix_nano, point.time_unix_nano, point.value.unwrap()))
        .collect()
}

#[test]
fn a_delta_starts_when_the_last_one_was_delivered_and_one_of_a_new_series_too() {
    let registry = Registry::new();
    let surface = registry.register::<dyn Surface>().unwrap();
    let mut delivered = Delivered::default();
    let [first, second, third] = [1, 2, 3].map(|n| SystemTime::now() + Duration::from_secs(n));
    surface.calls("old");
    let points = sent(&registry, &mut delivered, first);
    let started = points[0].0;
    assert_eq!(points, [(started, nanos(first), Value::AsInt(1))]);
    assert!(0 < started && started < nanos(first));
    surface.calls("new");
    assert_eq!(
        sent(&registry, &mut delivered, second),
        [(nanos(first), nanos(second), Value::AsInt(1))],
        "the other has no news"
    );
    surface.calls("old");
    assert_eq!(
        sent(&registry, &mut delivered, third),
        [(nanos(second), nanos(third), Value::AsInt(1))],
        "that it had none was delivered too"
    );
}

#[test]
fn a_clock_that_was_set_back_makes_no_interval_that_ends_before_it_begins() {
    let registry = Registry::new();
    let surface = registry.register::<dyn Surface>().unwrap();
    let mut delivered = Delivered::default();
    surface.calls("a");
    let now = SystemTime::now() + Duration::from_secs(1);
    sent(&registry, &mut delivered, now);
    surface.calls("a");
    assert_eq!(sent(&registry, &mut delivered, UNIX_EPOCH), [(nanos(now), nanos(now), Value::AsInt(1))]);
}

#[metrics(namespace = "traced", mock(cfg(any())))]
trait Traced {
    /// Calls.
    #[counter]
    #[histogram(name = "took", buckets = [1.0])]
    #[histogram(name = "spread", buckets = [1.0], native)]
    fn calls(&self, n: f64);

    /// Depth.
    #[gauge]
    fn set_depth(&self, n: u64);
}

thread_local! {
    static TRACE: Cell<u8> = const { Cell::new(1) };
}

fn current() -> Option<TraceContext> {
    TraceContext::new([TRACE.get(); 16], [TRACE.get(); 8])
}

/// Sends a push, which arrives if `arrives`. Returns the exemplars as metric, value and the first byte of the
/// trace.
fn exemplars(
    registry: &Registry,
    delivered: &mut Delivered,
    temporality: Temporality,
    arrives: bool,
) -> Vec<(String, ExemplarValue, u8)> {
    let snapshot = registry.snapshot();
    let resource = Resource::default();
    let gone = Gone::default();
    let format = Format { temporality, exponential: true };
    let mut batches = Batches::of(&snapshot, &gone, 0, LIMITS, &resource, format, SystemTime::now());
    let batch = batches.next(delivered, &Sent::default(), &HashSet::new()).unwrap();
    if arrives {
        delivered.add(batch.totals);
        delivered.exemplars.add(batch.exemplars);
        delivered.complete(batches.time());
    }
    let scopes = &batch.request.resource_metrics[0].scope_metrics;
    let mut found = Vec::new();
    for metric in scopes.iter().flat_map(|scope| &scope.metrics) {
        let points: Vec<_> = match &metric.data {
            Some(Data::Sum(sum)) => sum.data_points.iter().map(|of| (of.interval(), &of.exemplars)).collect(),
            Some(Data::Gauge(gauge)) => {
                gauge.data_points.iter().map(|of| (of.interval(), &of.exemplars)).collect()
            }
            Some(Data::ExponentialHistogram(of)) => {
                of.data_points.iter().map(|of| (of.interval(), &of.exemplars)).collect()
            }
            Some(Data::Histogram(of)) => {
                of.data_points.iter().map(|of| (of.interval(), &of.exemplars)).collect()
            }
            other => panic!("{other:?}"),
        };
        for ([start, end], exemplars) in points {
            for exemplar in exemplars {
                assert!((start..=end).contains(&exemplar.time_unix_nano));
                assert_eq!((exemplar.trace_id.len(), exemplar.span_id.len()), (16, 8));
                found.push((metric.name.clone(), exemplar.value.unwrap(), exemplar.trace_id[0]));
            }
        }
    }
    found
}

impl NumberDataPoint {
    fn interval(&self) -> [u64; 2] {
        [self.start_time_unix_nano, self.time_unix_nano]
    }
}

impl ExponentialHistogramDataPoint {
    fn interval(&self) -> [u64; 2] {
        [self.start_time_unix_nano, self.time_unix_nano]
    }
}

impl HistogramDataPoint {
    fn interval(&self) -> [u64; 2] {
        [self.start_time_unix_nano, self.time_unix_nano]
    }
}

#[test]
fn each_exemplar_is_sent_once() {
    use ExemplarValue::{AsDouble, AsInt};
    for temporality in [Temporality::Cumulative, Temporality::Delta] {
        let registry = Registry::builder().exemplars(current).build().unwrap();
        let surface = registry.register::<dyn Traced>().unwrap();
        let mut delivered = Delivered::new(true);
        let mut push = |arrives| exemplars(&registry, &mut delivered, temporality, arrives);
        let calls = |trace| ("traced.calls".to_owned(), AsInt(1), trace);
        let took = |n, trace| ("traced.took".to_owned(), AsDouble(n), trace);
        let spread = |n, trace| ("traced.spread".to_owned(), AsDouble(n), trace);
        surface.set_depth(1);
        TRACE.set(1);
        surface.calls(0.5);
        assert_eq!(push(false), [calls(1), took(0.5, 1), spread(0.5, 1)]);
        assert_eq!(push(true), [calls(1), took(0.5, 1), spread(0.5, 1)], "they had not arrived");
        assert_eq!(push(true), []);
        TRACE.set(2);
        surface.calls(7.0);
        assert_eq!(push(true), [calls(2), took(7.0, 2), spread(7.0, 2)], "the other bucket has no new one");
        surface.calls(7.0);
        TRACE.set(3);
        surface.calls(7.0);
        assert_eq!(push(true), [calls(2), took(7.0, 2), spread(7.0, 2)], "the first of each collection");
        assert_eq!(push(true), []);
    }
}

#[test]
fn none_are_sent_if_they_are_off() {
    let registry = Registry::builder().exemplars(current).build().unwrap();
    registry.register::<dyn Traced>().unwrap().calls(0.5);
    let mut delivered = Delivered::new(false);
    assert_eq!(exemplars(&registry, &mut delivered, Temporality::Cumulative, true), []);
}
