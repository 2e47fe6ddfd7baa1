//! Exponential buckets have exactly the numbers that the others have, whatever threads, views and removals
//! come and go.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use telemetry::registry::{Builder, ExponentialBuckets, Instruments, Point, Snapshot, View};
use telemetry::{Registry, metrics};

#[metrics(namespace = "native")]
pub trait Metrics {
    /// Sizes.
    #[histogram(buckets = [1, 10, 100, 1000], native)]
    fn size(&self, n: f64);

    /// Time by route.
    #[histogram(name = "took", unit = seconds, native)]
    fn took(&self, #[label(cap = 64)] route: &str, took: Duration);

    /// A route is gone.
    #[remove(took)]
    fn forget(&self, route: &str);

    /// Bytes that were read.
    #[histogram(name = "bytes", buckets = [1000], native)]
    fn read(&self, bytes: u64);

    /// Bytes that were written.
    #[histogram(name = "bytes", buckets = [1000], native)]
    fn written(&self, bytes: u64);
}

fn registered(builder: Builder) -> (Registry, Instruments<dyn Metrics>) {
    let registry = builder.build().unwrap();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    (registry, metrics)
}

/// The state of a histogram: classic buckets, scale, zeros, and buckets with a count.
#[derive(Debug, PartialEq)]
struct Shown {
    counts: Vec<u64>,
    scale: i32,
    zeros: u64,
    buckets: BTreeMap<i32, u64>,
}

impl Shown {
    fn of(counts: &[u64], exponential: &ExponentialBuckets<'_>) -> Self {
        let buckets = (exponential.offset..).zip(exponential.counts);
        Shown {
            counts: counts.to_vec(),
            scale: exponential.scale,
            zeros: exponential.zero_count,
            buckets: buckets.filter(|(_, count)| **count != 0).map(|(at, count)| (at, *count)).collect(),
        }
    }

    fn total(&self) -> (u64, u64) {
        (self.counts.iter().sum(), self.zeros + self.buckets.values().sum::<u64>())
    }
}

/// Returns the state of each series of a family, by its labels.
fn shown_in(snapshot: &Snapshot, family: &str) -> BTreeMap<String, Shown> {
    let found = snapshot.families().find(|found| found.name() == family).unwrap();
    let series = found.series().map(|series| {
        let Point::Histogram(histogram) = series.point() else { panic!("a histogram") };
        let labels: Vec<_> = series.labels().map(|(key, value)| format!("{key}={value}")).collect();
        let exponential = histogram.exponential.expect("it is native");
        assert_eq!(exponential.count(), histogram.count());
        assert!(exponential.zero_threshold.abs() < f64::MIN_POSITIVE);
        for end in [exponential.counts.first(), exponential.counts.last()] {
            assert_ne!(end, Some(&0), "no empty buckets at the ends");
        }
        (labels.join(","), Shown::of(histogram.counts, &exponential))
    });
    series.collect()
}

fn shown(registry: &Registry, family: &str) -> BTreeMap<String, Shown> {
    shown_in(&registry.snapshot(), family)
}

fn sizes(registry: &Registry) -> Shown {
    shown(registry, "size").remove("").unwrap()
}

/// Numbers whose range grows, each of which is exact at every scale.
fn numbers() -> impl Iterator<Item = f64> {
    (0..4_000_u32).map(|at| f64::from(at % 100) * 1.5_f64.powi((at / 200).cast_signed()))
}

/// Returns the state after one thread has recorded all of these.
fn alone(all: impl Iterator<Item = f64>) -> Shown {
    let (registry, metrics) = registered(Registry::builder());
    all.for_each(|number| metrics.size(number));
    sizes(&registry)
}

#[test]
fn many_threads_are_as_exact_as_one() {
    let (registry, metrics) = registered(Registry::builder());
    thread::scope(|scope| {
        for part in 0..8 {
            let metrics = &metrics;
            scope.spawn(move || numbers().skip(part).step_by(8).for_each(|number| metrics.size(number)));
        }
    });
    assert_eq!(sizes(&registry), alone(numbers()));
}

#[test]
fn threads_that_end_leave_their_resolution() {
    let (registry, metrics) = registered(Registry::builder());
    // More than the registry keeps for later threads: the others are added to the shared sums.
    for round in 0..4 {
        thread::scope(|scope| {
            for part in 0..25 {
                let metrics = &metrics;
                let own = numbers().skip(round * 25 + part).step_by(100);
                scope.spawn(move || own.for_each(|number| metrics.size(number)));
            }
        });
    }
    assert_eq!(sizes(&registry), alone(numbers()));
}

/// Records its number when its thread's locals are destroyed, where the thread has no sums of its own.
struct Late(RefCell<Option<LateCalls>>);

type LateCalls = (Instruments<dyn Metrics>, Vec<f64>);

impl Drop for Late {
    fn drop(&mut self) {
        if let Some((metrics, numbers)) = self.0.take() {
            for number in numbers {
                metrics.size(number);
            }
        }
    }
}

thread_local! {
    static LATE: Late = const { Late(RefCell::new(None)) };
}

#[test]
fn calls_without_a_thread_are_as_exact() {
    let (registry, metrics) = registered(Registry::builder());
    let threads: Vec<_> = (0..8)
        .map(|part| {
            let metrics = metrics.clone();
            thread::spawn(move || {
                let own = numbers().skip(part).step_by(8).collect();
                LATE.with(|late| *late.0.borrow_mut() = Some((metrics.clone(), own)));
                // The first call after the destructor is set, so that the thread's sums go first.
                metrics.size(1.0);
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(sizes(&registry), alone(numbers().chain([1.0; 8])));
}

#[test]
fn a_reader_sees_all_buckets_of_the_same_calls() {
    for _ in 0..100 {
        let (registry, metrics) = registered(Registry::builder());
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                // Each number moves the window, or makes it wider.
                (0..200).for_each(|at| metrics.size(1.7_f64.powi(at)));
                done.store(true, Ordering::Relaxed);
            });
            let mut snapshot = registry.snapshot();
            let mut before = 0;
            while !done.load(Ordering::Relaxed) {
                registry.collect(&mut snapshot);
                // It compares both counts.
                let (count, _) = shown_in(&snapshot, "size").remove("").unwrap().total();
                assert!(count >= before, "{count} after {before}");
                before = count;
            }
        });
        assert_eq!(sizes(&registry).total(), (200, 200));
    }
}

#[test]
fn a_series_that_comes_back_begins_with_the_finest_scale() {
    let (registry, metrics) = registered(Registry::builder().keep_removed(Duration::ZERO));
    let scale = |registry: &Registry| shown(registry, "took").get("route=/").map(|shown| shown.scale);
    metrics.took("/", Duration::from_millis(1));
    metrics.took("/", Duration::from_secs(100));
    assert_eq!(scale(&registry), Some(3));
    metrics.forget("/");
    while scale(&registry).is_some() {}
    metrics.took("/", Duration::from_millis(1));
    assert_eq!(scale(&registry), Some(7));
    assert_eq!(shown(&registry, "took")["route=/"].total(), (1, 1));
}

#[test]
fn events_that_feed_one_instrument_share_its_buckets() {
    let (registry, metrics) = registered(Registry::builder());
    metrics.read(10);
    metrics.written(2_000);
    let shown = &shown(&registry, "bytes")[""];
    assert_eq!((shown.total(), shown.scale), ((2, 2), 4));
}

#[test]
fn a_view_merges_exponential_buckets_exactly() {
    let builder = Registry::builder()
        .view("native_took_seconds", View::without(["route"]).and(View::buckets([0.1, 1.0])))
        .view("native_size", View::buckets::<f64>([]));
    let (registry, metrics) = registered(builder);
    let (whole, all) = registered(Registry::builder());
    for (at, millis) in (0..).zip([1, 2, 3, 700, 20_000, 0]) {
        metrics.took(["/", "/a", "/b"][at % 3], Duration::from_millis(millis));
        all.took("/", Duration::from_millis(millis));
        metrics.size(f64::from(u32::try_from(millis).unwrap()));
        all.size(f64::from(u32::try_from(millis).unwrap()));
    }
    let (merged, one) = (&shown(&registry, "took")[""], &shown(&whole, "took")["route=/"]);
    assert_eq!(merged.counts, [4, 1, 1]);
    assert_eq!((merged.scale, merged.zeros, &merged.buckets), (one.scale, one.zeros, &one.buckets));
    let (merged, one) = (sizes(&registry), sizes(&whole));
    assert_eq!(merged.counts, [6]);
    assert_eq!((merged.scale, merged.zeros, merged.buckets), (one.scale, one.zeros, one.buckets));
}

#[test]
fn a_merged_series_keeps_what_is_gone() {
    let builder = Registry::builder()
        .keep_removed(Duration::ZERO)
        .view("native_took_seconds", View::without(["route"]));
    let (registry, metrics) = registered(builder);
    metrics.took("/", Duration::from_millis(1));
    metrics.took("/a", Duration::from_millis(1));
    let _ = registry.snapshot();
    metrics.took("/", Duration::from_hours(1));
    let before = shown(&registry, "took");
    metrics.forget("/");
    for _ in 0..3 {
        assert_eq!(shown(&registry, "took"), before);
    }
    assert_eq!((before[""].total(), before[""].scale), ((3, 3), 2));
}

#[test]
fn a_histogram_that_is_not_native_has_none() {
    let snapshot = Registry::new().snapshot();
    let histograms = snapshot.families().flat_map(|family| family.series()).filter_map(|series| {
        if let Point::Histogram(histogram) = series.point() { Some(histogram.exponential) } else { None }
    });
    assert!(histograms.flatten().next().is_none());
}
