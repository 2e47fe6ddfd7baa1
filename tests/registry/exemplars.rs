//! Exemplars: which calls become one, how often the program is asked for its trace, and what a reader sees.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, SystemTime};
use telemetry::registry::{Exemplar, Instruments, Snapshot, View};
use telemetry::{Event, Label, Registry, Sink, TraceContext, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 64)]
struct Queue<'a>(&'a str);

#[metrics(namespace = "e")]
trait Metrics {
    /// Jobs.
    #[counter]
    #[histogram(name = "took", unit = seconds, buckets = [0.1, 1.0, 10.0])]
    #[log(off)]
    fn jobs(&self, queue: Queue<'_>, took: Option<Duration>);

    /// Bytes.
    #[counter(value = n)]
    #[log(off)]
    fn bytes(&self, n: f64);

    /// Time worked.
    #[counter(value = took)]
    #[log(off)]
    fn worked(&self, took: Duration);

    /// Size, in many series.
    #[histogram(buckets = [1.0])]
    #[log(off)]
    fn size(&self, #[label(range = 0..=9_999)] shard: u32, n: f64);

    /// Depth.
    #[gauge]
    #[log(off)]
    fn set_depth(&self, n: u64);

    /// Open ones.
    #[up_down_counter(value = n)]
    #[log(off)]
    fn open(&self, n: i64);

    /// Bytes that somebody else counts.
    #[counter(total = n)]
    #[log(off)]
    fn set_sent(&self, n: u64);

    /// A queue is gone.
    #[remove(jobs, took)]
    #[log(off)]
    fn queue_gone(&self, queue: Queue<'_>);
}

type Surface = Instruments<dyn Metrics>;

/// A decorator that knows the calls by their events alone.
struct Hook(Surface);

impl Metrics for Hook {
    fn event(&self, event: &Event<'_>) {
        self.0.record(event);
    }
}

thread_local! {
    static TRACE: Cell<Option<TraceContext>> = const { Cell::new(None) };
    static LOOKS: Cell<usize> = const { Cell::new(0) };
    static INSIDE: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

/// The program's function.
fn current() -> Option<TraceContext> {
    LOOKS.set(LOOKS.get() + 1);
    let inside = INSIDE.take();
    if let Some(inside) = inside {
        inside();
    }
    TRACE.get()
}

fn trace(n: u8) -> TraceContext {
    TraceContext::new([n; 16], [n; 8]).unwrap()
}

/// Begins a trace in this thread.
fn begin(n: u8) {
    TRACE.set(Some(trace(n)));
}

/// Returns how often this thread was asked since the last time.
fn looks() -> usize {
    LOOKS.replace(0)
}

fn registry() -> (Registry, Surface) {
    let registry = Registry::builder().exemplars(current).keep_removed(Duration::ZERO).build().unwrap();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    begin(1);
    (registry, metrics)
}

fn job(metrics: &Surface, queue: &str, seconds: f64) {
    metrics.jobs(Queue(queue), Some(Duration::from_secs_f64(seconds)));
}

/// An exemplar as bucket, value and the first byte of its trace.
fn told(exemplar: &Exemplar) -> (usize, f64, u8) {
    let trace = exemplar.trace();
    assert!(
        trace.trace_id().iter().chain(&trace.span_id()).all(|byte| *byte == trace.trace_id()[0]),
        "whole"
    );
    (exemplar.bucket(), exemplar.value(), trace.trace_id()[0])
}

/// Bucket, value and trace of each exemplar.
type Told = Vec<(usize, f64, u8)>;

/// Returns the exemplars of a family, in the order of the first label's values.
fn of(snapshot: &Snapshot, name: &str) -> Vec<(String, Told)> {
    let family = snapshot.families().find(|family| family.name() == name).unwrap();
    let mut all: Vec<_> = family
        .series()
        .map(|series| {
            let label = series.labels().next().map(|(_, text)| text.into_owned()).unwrap_or_default();
            (label, series.exemplars().iter().map(told).collect::<Vec<_>>())
        })
        .filter(|(_, exemplars)| !exemplars.is_empty())
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn one(label: &str, exemplars: &[(usize, f64, u8)]) -> Vec<(String, Told)> {
    vec![(label.to_owned(), exemplars.to_vec())]
}

#[test]
fn the_program_is_asked_once_for_each_bucket_and_collection() {
    let (registry, metrics) = registry();
    for collection in 0..3_u8 {
        begin(collection + 1);
        for _ in 0..100 {
            for seconds in [0.05, 0.06, 5.0, 50.0] {
                job(&metrics, "a", seconds);
            }
        }
        // Three buckets, and the counter.
        assert_eq!(looks(), 4, "{collection}");
        let n = collection + 1;
        let snapshot = registry.snapshot();
        assert_eq!(of(&snapshot, "took"), one("a", &[(0, 0.05, n), (2, 5.0, n), (3, 50.0, n)]));
        assert_eq!(of(&snapshot, "jobs"), one("a", &[(0, 1.0, n)]));
    }
    assert_eq!(looks(), 0, "reading asks nobody");
}

#[test]
fn an_exemplar_stays_until_another_call_replaces_it() {
    let (registry, metrics) = registry();
    job(&metrics, "a", 0.05);
    end_collection(&registry);
    begin(2);
    job(&metrics, "a", 5.0);
    let expected = one("a", &[(0, 0.05, 1), (2, 5.0, 2)]);
    assert_eq!(of(&registry.snapshot(), "took"), expected);
    assert_eq!(of(&registry.snapshot(), "took"), expected);
}

#[test]
fn an_exemplar_has_the_time_of_its_call() {
    let (registry, metrics) = registry();
    let before = SystemTime::now();
    metrics.bytes(1.0);
    let after = SystemTime::now();
    let snapshot = registry.snapshot();
    let bytes = snapshot.families().find(|family| family.name() == "bytes").unwrap();
    let time = bytes.series().next().unwrap().exemplars()[0].time();
    assert!(before <= time && time <= after, "{before:?} {time:?} {after:?}");
}

#[test]
fn a_look_by_peek_is_no_collection() {
    let (registry, metrics) = registry();
    job(&metrics, "a", 0.05);
    looks();
    let mut snapshot = Snapshot::default();
    registry.peek(&mut snapshot);
    assert_eq!(of(&snapshot, "took"), one("a", &[(0, 0.05, 1)]));
    job(&metrics, "a", 0.05);
    assert_eq!(looks(), 0);
}

#[test]
fn only_sampled_traces_become_exemplars() {
    let (registry, metrics) = registry();
    for trace in [None, Some(trace(1).with_sampled(false))] {
        TRACE.set(trace);
        job(&metrics, "a", 0.05);
        assert_eq!(looks(), 2, "asked all the same");
        let snapshot = registry.snapshot();
        assert!(of(&snapshot, "took").is_empty() && of(&snapshot, "jobs").is_empty());
    }
}

#[test]
fn counters_and_histograms_alone_take_exemplars_of_what_they_add() {
    let (registry, metrics) = registry();
    metrics.set_depth(1);
    metrics.open(1);
    metrics.set_sent(1);
    metrics.bytes(f64::NAN);
    metrics.bytes(-1.0);
    metrics.bytes(0.0);
    metrics.worked(Duration::ZERO);
    metrics.size(1, f64::INFINITY);
    metrics.jobs(Queue("a"), None);
    assert_eq!(looks(), 1, "the counter of jobs");
    metrics.bytes(2.5);
    metrics.worked(Duration::from_millis(1_500));
    metrics.size(7, 0.0);
    assert_eq!(looks(), 3);
    let snapshot = registry.snapshot();
    let with: Vec<_> = snapshot
        .families()
        .filter(|family| family.series().any(|series| !series.exemplars().is_empty()))
        .map(|family| (family.name(), of(&snapshot, family.name())[0].1.clone()))
        .collect();
    let expected = [
        ("jobs", vec![(0, 1.0, 1)]),
        ("bytes", vec![(0, 2.5, 1)]),
        ("worked", vec![(0, 1.5, 1)]),
        ("size", vec![(0, 0.0, 1)]),
    ];
    assert_eq!(with, expected);
}

/// A number of a trace for each shard.
fn trace_of(shard: u32) -> u8 {
    u8::try_from(shard % 251 + 1).unwrap()
}

#[test]
fn each_of_many_series_has_its_own() {
    let (registry, metrics) = registry();
    for shard in (0..10_000).step_by(17) {
        begin(trace_of(shard));
        metrics.size(shard, f64::from(shard));
    }
    let snapshot = registry.snapshot();
    let family = snapshot.families().find(|family| family.name() == "size").unwrap();
    let mut count = 0;
    for series in family.series() {
        let shard: u32 = series.labels().next().unwrap().1.parse().unwrap();
        let bucket = usize::from(shard > 1);
        let found: Vec<_> = series.exemplars().iter().map(told).collect();
        assert_eq!(found, [(bucket, f64::from(shard), trace_of(shard))]);
        count += 1;
    }
    assert_eq!(count, 10_000_usize.div_ceil(17));
    let group = family.groups().next().unwrap();
    assert_eq!(group.exemplars().len(), count);
    assert!(group.exemplars().iter().map(Exemplar::row).eq(group.rows().iter().copied()));
}

#[test]
fn a_registry_without_exemplars_asks_nobody() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    begin(1);
    job(&metrics, "a", 0.05);
    assert_eq!(looks(), 0);
    assert!(of(&registry.snapshot(), "took").is_empty());
}

#[test]
fn a_call_by_the_hook_takes_them_too() {
    let (registry, metrics) = registry();
    Hook(metrics).jobs(Queue("a"), Some(Duration::from_millis(50)));
    assert_eq!(of(&registry.snapshot(), "took"), one("a", &[(0, 0.05, 1)]));
}

#[test]
fn the_newest_of_all_threads_is_shown_and_each_thread_is_asked() {
    let (registry, metrics) = registry();
    let mut threads = Vec::new();
    for n in 1..=3 {
        let metrics = metrics.clone();
        let (ready, is_ready) = channel();
        let (go, gone) = channel::<()>();
        let thread = thread::spawn(move || {
            begin(n);
            job(&metrics, "a", f64::from(n) / 100.0);
            job(&metrics, "a", 0.09);
            ready.send(looks()).unwrap();
            gone.recv().unwrap_err();
        });
        assert_eq!(is_ready.recv().unwrap(), 2);
        threads.push((thread, go));
    }
    assert_eq!(of(&registry.snapshot(), "took"), one("a", &[(0, 0.03, 3)]));
    for (thread, go) in threads {
        drop(go);
        thread.join().unwrap();
    }
    assert_eq!(of(&registry.snapshot(), "took"), one("a", &[(0, 0.03, 3)]), "also when they have ended");
}

#[test]
fn a_thread_that_ends_leaves_its_exemplars() {
    let (registry, metrics) = registry();
    // More threads at a time than their places that are kept for new threads.
    let (ready, all_ready) = channel();
    let threads: Vec<_> = (1..=20_u8)
        .map(|n| {
            let (metrics, ready) = (metrics.clone(), ready.clone());
            let (go, gone) = channel::<()>();
            let thread = thread::spawn(move || {
                begin(n);
                // A call at the moment when others begin may have no thread of its own yet.
                while looks() == 0 {
                    job(&metrics, &n.to_string(), 0.05);
                }
                ready.send(()).unwrap();
                gone.recv().unwrap_err();
            });
            (thread, go)
        })
        .collect();
    (0..20).for_each(|_| all_ready.recv().unwrap());
    for (thread, go) in threads {
        drop(go);
        thread.join().unwrap();
    }
    let snapshot = registry.snapshot();
    let mut expected: Vec<_> = (1..=20_u8).map(|n| (n.to_string(), vec![(0, 0.05, n)])).collect();
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(of(&snapshot, "took"), expected);
    assert_eq!(of(&snapshot, "jobs").len(), 20);
}

#[test]
fn a_thread_may_use_many_registries_with_exemplars_and_without() {
    let all: Vec<_> = (0..40)
        .map(|n| {
            let builder = Registry::builder();
            let builder = if n % 3 == 0 { builder } else { builder.exemplars(current) };
            let registry = builder.build().unwrap();
            let metrics = registry.register::<dyn Metrics>().unwrap();
            (registry, metrics)
        })
        .collect();
    for round in 1..=3 {
        for (registry, metrics) in &all {
            begin(round);
            job(metrics, "a", 0.05);
            let has = !of(&registry.snapshot(), "took").is_empty();
            assert_eq!(looks(), if has { 2 } else { 0 });
        }
    }
    for (at, (registry, _)) in all.iter().enumerate() {
        let snapshot = registry.snapshot();
        let expected = if at % 3 == 0 { Vec::new() } else { one("a", &[(0, 0.05, 3)]) };
        assert_eq!(of(&snapshot, "took"), expected, "{at}");
        let sum = snapshot.reading("jobs", &[("queue", "a")]);
        assert_eq!(sum.value(), Some(3.0), "{at}");
    }
}

#[test]
fn views_move_exemplars_to_what_they_merge() {
    let view = |builder: telemetry::registry::Builder| {
        let registry = builder.exemplars(current).build().unwrap();
        let metrics = registry.register::<dyn Metrics>().unwrap();
        begin(1);
        job(&metrics, "a", 0.05);
        begin(2);
        job(&metrics, "b", 0.5);
        begin(3);
        job(&metrics, "a", 5.0);
        of(&registry.snapshot(), "took")
    };
    let builder = Registry::builder;
    let buckets = view(builder().view("e_took_seconds", View::buckets([10.0])));
    assert_eq!(
        buckets,
        [("a".to_owned(), vec![(0, 5.0, 3)]), ("b".to_owned(), vec![(0, 0.5, 2)])],
        "the newest of each"
    );
    let without = view(builder().view("e_took_seconds", View::without(["queue"])));
    assert_eq!(without, one("", &[(0, 0.05, 1), (1, 0.5, 2), (2, 5.0, 3)]));
    let both = View::without(["queue"]).and(View::buckets([1.0]));
    assert_eq!(view(builder().view("e_took_seconds", both)), one("", &[(0, 0.5, 2), (1, 5.0, 3)]));
    assert!(view(builder().view("e_jobs", View::off())).len() == 2, "the other stays");
}

/// Lets the next calls be asked again.
fn end_collection(registry: &Registry) {
    drop(registry.snapshot());
}

/// Ends a removed queue: one reading has the final values, and the next one their end.
fn end(registry: &Registry) {
    end_collection(registry);
    end_collection(registry);
}

#[test]
fn a_queue_that_came_back_has_no_exemplar_of_the_earlier_one() {
    let (registry, metrics) = registry();
    job(&metrics, "a", 0.05);
    metrics.queue_gone(Queue("a"));
    assert_eq!(of(&registry.snapshot(), "took"), one("a", &[(0, 0.05, 1)]), "with its final value");
    end(&registry);
    assert!(of(&registry.snapshot(), "took").is_empty());
    TRACE.set(None);
    job(&metrics, "b", 5.0);
    job(&metrics, "a", 5.0);
    assert!(of(&registry.snapshot(), "took").is_empty(), "neither has the next text of its row");
    begin(2);
    job(&metrics, "b", 0.05);
    assert_eq!(of(&registry.snapshot(), "took"), one("b", &[(0, 0.05, 2)]));
}

#[test]
fn a_thread_that_sleeps_shows_nothing_of_a_queue_that_is_gone() {
    let (registry, metrics) = registry();
    let (go, gone) = channel::<()>();
    let (ready, is_ready) = channel();
    let worker = {
        let metrics = metrics.clone();
        thread::spawn(move || {
            begin(1);
            job(&metrics, "a", 0.05);
            ready.send(()).unwrap();
            gone.recv().unwrap_err();
            TRACE.set(None);
            job(&metrics, "b", 0.05);
        })
    };
    is_ready.recv().unwrap();
    metrics.queue_gone(Queue("a"));
    end(&registry);
    TRACE.set(None);
    job(&metrics, "b", 5.0);
    assert!(of(&registry.snapshot(), "took").is_empty(), "the row is that of the next text");
    drop(go);
    worker.join().unwrap();
    assert!(of(&registry.snapshot(), "took").is_empty());
    assert!(of(&registry.snapshot(), "jobs").is_empty());
}

#[test]
fn a_function_that_panics_costs_the_exemplar_and_not_the_call() {
    let (registry, metrics) = registry();
    INSIDE.set(Some(Box::new(|| panic!("in a test"))));
    job(&metrics, "a", 0.05);
    let snapshot = registry.snapshot();
    assert_eq!(snapshot.reading("took", &[]).count(), 1);
    assert_eq!(of(&snapshot, "jobs").len() + of(&snapshot, "took").len(), 1, "the other has asked again");
}

#[test]
fn a_function_may_record_and_remove_in_the_same_registry() {
    let (registry, metrics) = registry();
    job(&metrics, "a", 0.05);
    job(&metrics, "a", 0.05);
    end_collection(&registry);
    looks();
    let own = metrics.clone();
    let (all, in_registry) = (registry.clone(), metrics.clone());
    INSIDE.set(Some(Box::new(move || {
        own.queue_gone(Queue("a"));
        end(&all);
        // The number of `a` is free, and its row is the next text's.
        in_registry.jobs(Queue("b"), Some(Duration::from_secs(5)));
        in_registry.set_depth(3);
    })));
    job(&metrics, "a", 0.05);
    assert_eq!(looks(), 2, "the call inside asked nobody");
    let snapshot = registry.snapshot();
    assert_eq!(snapshot.reading("jobs", &[("queue", "b")]).value(), Some(1.0));
    assert!((snapshot.reading("took", &[("queue", "b")]).sum() - 5.0).abs() < 1e-9);
    assert_eq!(snapshot.reading("took", &[("queue", "b")]).count(), 1);
    assert_eq!(snapshot.reading("depth", &[]).value(), Some(3.0));
    assert!(
        of(&snapshot, "took").is_empty() && of(&snapshot, "jobs").is_empty(),
        "of the queue that is gone"
    );
    begin(4);
    job(&metrics, "b", 0.05);
    assert_eq!(of(&registry.snapshot(), "took"), one("b", &[(0, 0.05, 4)]));
    assert_eq!(registry.snapshot().reading("jobs", &[("queue", "b")]).value(), Some(2.0));
}

#[test]
fn a_reader_sees_whole_exemplars_whose_calls_are_counted() {
    static RUNNING: AtomicU8 = AtomicU8::new(1);
    let registry = Registry::builder().exemplars(current).build().unwrap();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    thread::scope(|scope| {
        for n in 1..=2_u8 {
            let metrics = metrics.clone();
            scope.spawn(move || {
                let mut round = 0_u32;
                while RUNNING.load(Ordering::Relaxed) != 0 {
                    round += 1;
                    begin(n);
                    // All of an exemplar comes from one call.
                    metrics.bytes(f64::from(n));
                    metrics.size(round % 100, f64::from(n));
                }
            });
        }
        let mut seen = 0;
        while seen < 500 {
            let snapshot = registry.snapshot();
            for family in snapshot.families().filter(|family| family.namespace() == "e") {
                for series in family.series() {
                    for exemplar in series.exemplars() {
                        let (_, value, trace) = told(exemplar);
                        assert!((value - f64::from(trace)).abs() < 1e-9);
                        let telemetry::registry::Point::Histogram(point) = series.point() else { continue };
                        assert!(point.counts[exemplar.bucket()] > 0, "the call is counted");
                        seen += 1;
                    }
                }
            }
        }
        RUNNING.store(0, Ordering::Relaxed);
    });
}
