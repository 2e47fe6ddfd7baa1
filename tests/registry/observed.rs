//! Observed gauges: what a collection's callbacks set is in that collection, and in no other.

use crate::lines;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use telemetry::prometheus::{Format, Renderer};
use telemetry::registry::{Instruments, Snapshot};
use telemetry::{Registry, metrics};

#[metrics(namespace = "seen")]
pub trait Metrics {
    /// Connections by state.
    #[gauge(observed)]
    fn set_connections(&self, #[label(cap = 2)] state: &str, n: u64);

    /// Everything else that a gauge can be.
    #[gauge(observed, name = "load", value = load)]
    #[gauge(observed, name = "age", value = age, labels(up, host = "a"))]
    fn set_all(&self, up: bool, #[label(range = 0..=2)] shard: Option<u8>, load: f64, age: Duration);

    /// What two methods set.
    #[gauge(observed, name = "depth")]
    fn set_depth(&self, #[label(cap = 2)] queue: &str, n: u64);

    /// What two methods set.
    #[gauge(observed, name = "depth", value = n)]
    fn set_default_depth(&self, #[label(cap = 2)] queue: &str, n: u64);

    /// A gauge that keeps its number.
    #[gauge]
    fn set_kept(&self, #[label(cap = 2)] state: &str, n: u64);
}

#[metrics(namespace = "pool", labels(#[label(cap = 1)] pool: &str))]
pub trait Pool {
    /// Connections by state.
    #[gauge(observed)]
    fn set_connections(&self, #[label(cap = 12, known = ["idle"])] state: &str, n: u64);
}

type Handle = Instruments<dyn Metrics>;

/// A registry whose callback sets what the test says.
struct Probe {
    registry: Registry,
    metrics: Handle,
    states: Arc<Mutex<Vec<(String, u64)>>>,
}

impl Probe {
    fn new() -> Self {
        let registry = Registry::new();
        let metrics = registry.register::<dyn Metrics>().unwrap();
        let states: Arc<Mutex<Vec<(String, u64)>>> = Arc::default();
        let seen = states.clone();
        registry.on_collect(&metrics, move |metrics| {
            seen.lock().unwrap().iter().for_each(|(state, n)| metrics.set_connections(state, *n));
        });
        Probe { registry, metrics, states }
    }

    fn set(&self, states: &[(&str, u64)]) {
        *self.states.lock().unwrap() = states.iter().map(|(state, n)| ((*state).to_owned(), *n)).collect();
    }

    fn connections(&self) -> Vec<String> {
        sorted(&self.registry, "connections")
    }

    fn dropped(&self, reason: &str) -> Option<f64> {
        self.registry.snapshot().reading("telemetry_dropped", &[("reason", reason)]).value()
    }
}

fn sorted(registry: &Registry, family: &str) -> Vec<String> {
    let mut lines = lines(registry, family);
    lines.sort();
    lines
}

#[test]
fn a_series_that_the_collection_does_not_set_is_absent() {
    let probe = Probe::new();
    assert!(probe.connections().is_empty());
    probe.set(&[("idle", 3), ("busy", 1), ("idle", 4)]);
    assert_eq!(probe.connections(), ["state=busy 1", "state=idle 4"], "the last one counts");
    probe.set(&[("busy", 2)]);
    assert_eq!(probe.connections(), ["state=busy 2"]);
    probe.set(&[]);
    assert!(probe.connections().is_empty());
}

#[test]
fn what_is_set_outside_of_a_collection_is_refused_and_counted() {
    let probe = Probe::new();
    probe.metrics.set_connections("idle", 3);
    thread::scope(|scope| {
        scope.spawn(|| probe.metrics.set_all(true, None, 0.5, Duration::ZERO)).join().unwrap();
    });
    assert!(probe.connections().is_empty());
    assert_eq!(probe.dropped("not_observed"), Some(3.0), "each number");
    let mut snapshot = Snapshot::default();
    probe.set(&[("idle", 1)]);
    probe.registry.peek(&mut snapshot);
    assert_eq!(snapshot.reading("connections", &[]).value(), None, "nobody was asked");
}

#[test]
fn a_callback_that_leaves_the_work_to_another_thread_is_refused() {
    let probe = Probe::new();
    probe.registry.on_collect(&probe.metrics, |metrics| {
        thread::scope(|scope| scope.spawn(|| metrics.set_connections("far", 1)).join().unwrap());
    });
    assert!(probe.connections().is_empty());
    assert!(probe.dropped("not_observed") >= Some(1.0));
}

#[test]
fn gauges_of_another_registry_are_refused() {
    let (here, there) = (Probe::new(), Probe::new());
    let metrics = there.metrics.clone();
    here.registry.on_collect(&here.metrics, move |_| metrics.set_connections("there", 1));
    assert!(here.connections().is_empty());
    assert!(there.connections().is_empty());
    assert_eq!(there.dropped("not_observed"), Some(1.0));
}

#[test]
fn a_collection_in_a_callback_has_nothing_and_takes_nothing() {
    let probe = Probe::new();
    probe.set(&[("idle", 1)]);
    let (registry, inner) = (probe.registry.clone(), Arc::new(Mutex::new(Vec::new())));
    let (seen, owner) = (inner.clone(), Arc::new(()));
    probe.registry.on_collect_for(&owner, &probe.metrics, move |_| {
        *seen.lock().unwrap() = sorted(&registry, "connections");
    });
    assert_eq!(probe.connections(), ["state=idle 1"]);
    assert!(inner.lock().unwrap().is_empty());
    // The callback owns its registry: it goes with the next collection.
    drop(owner);
    drop(probe.registry.snapshot());
}

#[test]
fn the_cap_holds_for_one_collection() {
    let probe = Probe::new();
    for round in 0..100 {
        let (a, b) = (format!("a{round}"), format!("b{}", round / 3));
        probe.set(&[(&a, round), (&b, 2 * round)]);
        let expected = [format!("state={a} {round}"), format!("state={b} {}", 2 * round)];
        assert_eq!(probe.connections(), expected);
    }
    probe.set(&[("a", 1), ("b", 2), ("c", 3), ("other", 4)]);
    assert_eq!(probe.connections(), ["state=a 1", "state=b 2"]);
    probe.set(&[]);
    assert_eq!(probe.dropped("label_overflow"), Some(2.0));
    let overflow = probe.registry.snapshot();
    assert_eq!(overflow.reading("telemetry_label_overflow", &[("label", "state")]).value(), Some(2.0));
}

#[test]
fn rendered_text_has_the_texts_of_its_own_collection() {
    let probe = Probe::new();
    let mut renderer = Renderer::new(&probe.registry);
    let (mut text, mut other) = (Vec::new(), Vec::new());
    for round in 0..50_u64 {
        let texts = [format!("s{}", round * 7 % 5), format!("s{}", 5 + round % 2)];
        probe.set(&[(&texts[0], round), (&texts[1], round + 1)]);
        for format in [Format::Text, Format::OpenMetrics] {
            renderer.render(format, &mut text);
            Renderer::new(&probe.registry).render(format, &mut other);
            assert_eq!(series_of(&text), series_of(&other), "a renderer that keeps its text");
            let expected = [(&texts[0], round), (&texts[1], round + 1)];
            let mut expected =
                expected.map(|(state, n)| format!("seen_connections{{state=\"{state}\"}} {n}"));
            expected.sort();
            assert_eq!(series_of(&text), expected);
        }
    }
}

fn series_of(text: &[u8]) -> Vec<String> {
    let text = str::from_utf8(text).unwrap();
    let mut lines: Vec<String> =
        text.lines().filter(|line| line.starts_with("seen_connections{")).map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn several_readers_at_once_have_each_their_own() {
    thread_local! {
        static READER: Cell<u64> = const { Cell::new(0) };
    }
    const READERS: u64 = 4;
    let registry = Registry::new();
    let metrics = registry.register_with::<dyn Pool>(PoolLabels { pool: "one" }).unwrap();
    let calls = Arc::new(AtomicU64::new(0));
    let counted = calls.clone();
    registry.on_collect(&metrics, move |metrics| {
        let n = counted.fetch_add(1, Ordering::Relaxed);
        metrics.set_connections(&format!("r{}", READER.get()), READER.get());
        // More texts than places, in turn: the numbers of texts go round.
        metrics.set_connections(&format!("t{n}"), READER.get());
    });
    thread::scope(|scope| {
        for reader in 1..=READERS {
            let registry = &registry;
            scope.spawn(move || {
                READER.set(reader);
                let mut snapshot = Snapshot::default();
                for _ in 0..500 {
                    registry.collect(&mut snapshot);
                    let family = snapshot.families().find(|one| one.name() == "connections").unwrap();
                    let series: Vec<_> = family.series().collect();
                    assert_eq!(series.len(), 2);
                    let states: Vec<_> = series.iter().map(|one| one.labels().nth(1).unwrap().1).collect();
                    assert!(states.contains(&format!("r{reader}").into()), "{states:?}");
                    assert!(states.iter().any(|state| state.starts_with('t')), "{states:?}");
                    for one in series {
                        assert_eq!(format!("{:?}", one.point()), format!("Gauge(U64({reader}))"));
                    }
                }
            });
        }
    });
    assert_eq!(calls.load(Ordering::Relaxed), READERS * 500, "the callback runs for each reader");
    let snapshot = registry.snapshot();
    assert_eq!(snapshot.reading("telemetry_dropped", &[("reason", "label_overflow")]).value(), Some(0.0));
}

#[test]
fn an_id_stands_for_one_series() {
    let probe = Probe::new();
    let (mut known, mut rows) = (HashMap::new(), HashMap::new());
    for round in 0..200_u64 {
        let texts = [format!("s{}", round * round % 7), format!("s{}", 7 + round % 3)];
        probe.set(&[(&texts[0], 1), (&texts[1], 2)]);
        let snapshot = probe.registry.snapshot();
        let family = snapshot.families().find(|family| family.name() == "connections").unwrap();
        for series in family.series() {
            let labels: Vec<_> = series.labels().map(|(_, text)| text.into_owned()).collect();
            let before = known.entry(series.id()).or_insert_with(|| labels.clone());
            assert_eq!(*before, labels, "in round {round}");
        }
        // What exporters keep by group and row.
        for group in family.groups() {
            for (row, series) in group.rows().iter().zip(group.series()) {
                let labels: Vec<_> = series.labels().map(|(_, text)| text.into_owned()).collect();
                let before = rows.entry((group.id(), *row)).or_insert_with(|| labels.clone());
                assert_eq!(*before, labels, "in round {round}");
            }
        }
    }
}

#[test]
fn all_kinds_of_numbers_and_labels() {
    let probe = Probe::new();
    probe.registry.on_collect(&probe.metrics, |metrics| {
        metrics.set_all(true, Some(2), 0.5, Duration::from_millis(1500));
        metrics.set_all(false, None, -1.0, Duration::ZERO);
        metrics.set_all(true, Some(3), f64::NAN, Duration::from_secs(2));
        metrics.set_depth("in", 1);
        metrics.set_default_depth("out", 2);
        metrics.set_depth("third", 3);
    });
    assert_eq!(sorted(&probe.registry, "load"), ["up=false,shard=none -1", "up=true,shard=2 0.5"]);
    assert_eq!(sorted(&probe.registry, "age"), ["up=false,host=a 0", "up=true,host=a 2"]);
    assert_eq!(sorted(&probe.registry, "depth"), ["queue=in 1", "queue=out 2"]);
}

#[test]
fn a_gauge_that_keeps_its_number_stands_beside_them() {
    let probe = Probe::new();
    probe.metrics.set_kept("a", 1);
    probe.metrics.set_kept("b", 2);
    probe.set(&[("c", 3), ("d", 4)]);
    assert_eq!(probe.connections(), ["state=c 3", "state=d 4"]);
    assert_eq!(sorted(&probe.registry, "kept"), ["state=a 1", "state=b 2"]);
}

#[test]
fn a_panic_leaves_what_was_set_before_and_nothing_for_the_next() {
    let probe = Probe::new();
    probe.set(&[("idle", 1)]);
    let panics = Arc::new(AtomicU64::new(1));
    let left = panics.clone();
    probe.registry.on_collect(&probe.metrics, move |metrics| {
        metrics.set_connections("busy", 2);
        assert!(left.swap(0, Ordering::Relaxed) == 0, "a panic of the test's");
        metrics.set_connections("busy", 3);
    });
    assert_eq!(probe.connections(), ["state=busy 2", "state=idle 1"]);
    assert_eq!(probe.connections(), ["state=busy 3", "state=idle 1"]);
}

#[test]
fn a_label_set_has_its_own_and_takes_them_along() {
    let registry = Registry::new();
    let register = |pool| registry.register_with::<dyn Pool>(PoolLabels { pool }).unwrap();
    let (one, past) = (register("one"), register("two"));
    for (metrics, n) in [(&one, 1), (&past, 2)] {
        registry.on_collect(metrics, move |metrics| metrics.set_connections("idle", n));
    }
    assert_eq!(sorted(&registry, "connections"), ["pool=one,state=idle 1"]);
    let refused = registry.snapshot();
    assert_eq!(
        refused.reading("telemetry_dropped", &[("reason", "label_overflow")]).value(),
        Some(2.0),
        "a set that counts as `other` has no gauges, in each of two collections"
    );
    drop(one);
    assert!(sorted(&registry, "connections").is_empty());
}
