//! Totals are exact, however many threads come and go, and whoever reads at the same time.

use super::lines;
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, RwLock};
use std::thread;
use telemetry::registry::{Instruments, Point, Snapshot};
use telemetry::value::Number;
use telemetry::{Registry, metrics};

#[metrics(namespace = "threads")]
pub trait Metrics {
    /// Calls.
    #[counter]
    fn calls(&self);

    /// Calls by route.
    #[counter]
    fn routes(&self, #[label(cap = 5)] route: &str);

    /// Sizes.
    #[histogram(buckets = [1.0, 2.0, 3.0])]
    fn size(&self, n: f64);

    /// Depth.
    #[up_down_counter(value = n)]
    fn depth(&self, n: i64);
}

fn registered() -> (Registry, Instruments<dyn Metrics>) {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    (registry, metrics)
}

#[test]
fn threads_that_come_and_go_lose_nothing() {
    let (registry, metrics) = registered();
    for _ in 0..100 {
        thread::scope(|scope| {
            for thread in 0..100 {
                let metrics = &metrics;
                scope.spawn(move || {
                    metrics.calls();
                    metrics.size(f64::from(thread % 4));
                    metrics.depth(if thread % 2 == 0 { 1 } else { -1 });
                    metrics.routes(&format!("/{}", thread % 7));
                });
            }
        });
    }
    assert_eq!(lines(&registry, "calls"), ["10000"]);
    assert_eq!(lines(&registry, "size"), ["[5000, 2500, 2500, 0] sum 15000"]);
    assert_eq!(lines(&registry, "depth"), ["0"]);
    let routes = lines(&registry, "routes");
    assert_eq!(routes.len(), 6);
    let total: u64 = routes.iter().map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(total, 10_000);
}

#[test]
fn a_cap_that_threads_race_for_holds_and_totals_are_exact() {
    const THREADS: usize = 16;
    const CALLS: usize = 2_000;
    let (registry, metrics) = registered();
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (metrics, barrier) = (&metrics, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for call in 0..CALLS {
                    metrics.routes(&format!("/{}", (thread * 31 + call) % 50));
                }
            });
        }
    });
    let routes = lines(&registry, "routes");
    assert_eq!(routes.len(), 6, "{routes:?}");
    let counts = routes.iter().map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap());
    assert_eq!(counts.sum::<usize>(), THREADS * CALLS);
}

/// Sets a flag when it goes, so that threads that wait for it end although an assertion fails.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Each scrape sees buckets and sum of the same calls, and no count ever falls, whatever threads come and go.
/// A thread that the system stops in the middle of a call, for longer than a reader waits, may keep the sum
/// of that call back, or its count.
#[test]
fn a_scrape_sees_whole_histograms_and_counters_that_only_rise() {
    const WRITERS: u64 = 2;
    let (registry, metrics) = registered();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    a_thread_that_ends(&metrics);
                }
            });
        }
        let _done = Done(&done);
        let mut snapshot = registry.snapshot();
        let (mut before, mut risen) = (Reading::default(), 0);
        // Readings that meet writers at work: how long these take to begin, and to go on, is not ours to say.
        while risen < 500 {
            registry.collect(&mut snapshot);
            let now = reading(&snapshot);
            assert!(now.calls >= before.calls && now.sizes >= before.sizes, "{now:?} after {before:?}");
            assert!((2 * now.sizes).abs_diff(now.sum) <= 2 * WRITERS, "{now:?}");
            risen += u64::from(now.sizes > before.sizes);
            before = now;
        }
    });
    let all = reading(&registry.snapshot());
    assert_eq!((2 * all.sizes, all.calls), (all.sum, all.sizes));
}

/// One thread that records in its own sums, and in those that all share when its locals are destroyed.
fn a_thread_that_ends(metrics: &Instruments<dyn Metrics>) {
    let metrics = metrics.clone();
    let thread = thread::spawn(move || {
        LATE.with(|late| *late.0.borrow_mut() = Some(metrics.clone()));
        for _ in 0..500 {
            metrics.calls();
            metrics.size(2.0);
        }
    });
    // A scope would not wait for the destructors.
    thread.join().unwrap();
}

#[derive(Debug, Default)]
struct Reading {
    calls: u64,
    sizes: u64,
    sum: u64,
}

fn reading(snapshot: &Snapshot) -> Reading {
    let mut reading = Reading::default();
    for family in snapshot.families() {
        for series in family.series() {
            match (family.name(), series.point()) {
                ("calls", Point::Sum(Number::U64(n))) => reading.calls = n,
                ("size", Point::Histogram(histogram)) => {
                    reading.sizes = histogram.count();
                    #[allow(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "a sum of twos"
                    )]
                    let sum = histogram.sum as u64;
                    reading.sum = sum;
                }
                _ => {}
            }
        }
    }
    reading
}

/// Records when its thread's locals are destroyed.
struct AtEnd(RefCell<Option<Instruments<dyn Metrics>>>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        if let Some(metrics) = self.0.take() {
            for _ in 0..10 {
                metrics.calls();
                metrics.routes("/end");
                metrics.size(1.5);
            }
        }
    }
}

/// Records much when its thread's locals are destroyed.
struct Late(RefCell<Option<Instruments<dyn Metrics>>>);

impl Drop for Late {
    fn drop(&mut self) {
        if let Some(metrics) = self.0.take() {
            for _ in 0..500 {
                metrics.calls();
                metrics.size(2.0);
            }
        }
    }
}

thread_local! {
    static LATE: Late = const { Late(RefCell::new(None)) };
    static BEFORE: AtEnd = const { AtEnd(RefCell::new(None)) };
    static AFTER: AtEnd = const { AtEnd(RefCell::new(None)) };
}

#[test]
fn destructors_of_thread_locals_can_record() {
    let (registry, metrics) = registered();
    for used_before in [true, false] {
        let metrics = metrics.clone();
        thread::spawn(move || {
            // One is made before the thread's sums, one after: one of them is destroyed after these.
            BEFORE.with(|at_end| *at_end.0.borrow_mut() = Some(metrics.clone()));
            if used_before {
                metrics.calls();
            }
            AFTER.with(|at_end| *at_end.0.borrow_mut() = Some(metrics.clone()));
        })
        .join()
        .unwrap();
    }
    assert_eq!(lines(&registry, "calls"), ["41"]);
    assert_eq!(lines(&registry, "routes"), ["route=/end 40"]);
    assert_eq!(lines(&registry, "size"), ["[0, 40, 0, 0] sum 60"]);
}

#[test]
fn after_a_panic_recording_goes_on() {
    let (registry, metrics) = registered();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        metrics.calls();
        std::panic::resume_unwind(Box::new("the caller's"));
    }));
    assert!(result.is_err());
    metrics.calls();
    assert_eq!(lines(&registry, "calls"), ["2"]);
}

/// Many more registries than a thread has near entries for, each used in turns.
#[test]
fn many_registries_on_one_thread() {
    let all: Vec<_> = (0..100).map(|_| registered()).collect();
    for round in 0..5 {
        for (_, metrics) in &all {
            metrics.calls();
            metrics.size(f64::from(round));
            metrics.routes(&format!("/{round}"));
        }
    }
    for (registry, _) in &all {
        assert_eq!(lines(registry, "calls"), ["5"]);
        assert_eq!(lines(registry, "size"), ["[2, 1, 1, 1] sum 10"]);
        assert_eq!(lines(registry, "routes").len(), 5);
    }
}

/// Each thread uses all registries in an order of its own, while some go and others come in their place.
#[test]
fn many_registries_that_come_and_go_on_many_threads() {
    const THREADS: usize = 4;
    const ROUNDS: usize = 20;
    let mut all: Vec<_> = (0..100).map(|_| (registered(), 0)).collect();
    let (go, done) = (Barrier::new(THREADS + 1), Barrier::new(THREADS + 1));
    let shown: RwLock<Vec<Instruments<dyn Metrics>>> = RwLock::default();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (go, done, shown) = (&go, &done, &shown);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    go.wait();
                    let shown = shown.read().unwrap();
                    for call in 0..3 * shown.len() {
                        // 7, 9, 11 and 13 have no factor of 100.
                        let metrics = &shown[(call * (7 + 2 * thread) + round) % shown.len()];
                        metrics.calls();
                        metrics.depth(1);
                        metrics.size(2.0);
                        metrics.routes("/a");
                    }
                    drop(shown);
                    done.wait();
                }
            });
        }
        for round in 0..ROUNDS {
            *shown.write().unwrap() = all.iter().map(|((_, metrics), _)| metrics.clone()).collect();
            go.wait();
            done.wait();
            shown.write().unwrap().clear();
            for (at, ((registry, _), rounds)) in all.iter_mut().enumerate() {
                *rounds += 1;
                let calls = THREADS * 3 * *rounds;
                assert_eq!(lines(registry, "calls"), [calls.to_string()], "registry {at} in round {round}");
                assert_eq!(lines(registry, "depth"), [calls.to_string()]);
                assert_eq!(lines(registry, "size"), [format!("[0, {calls}, 0, 0] sum {}", 2 * calls)]);
                assert_eq!(lines(registry, "routes"), [format!("route=/a {calls}")]);
            }
            for (_, entry) in all.iter_mut().enumerate().filter(|(at, _)| at % 3 == round % 3) {
                *entry = (registered(), 0);
            }
        }
    });
}

/// The guards' ends are found as their starts were, in more registries than have near entries.
#[test]
fn guards_of_many_registries_end_in_their_own() {
    let all: Vec<_> = (0..50)
        .map(|_| {
            let registry = Registry::new();
            let jobs = registry.register::<dyn Jobs>().unwrap();
            (registry, jobs)
        })
        .collect();
    for round in 1..=3 {
        let guards: Vec<_> = all.iter().map(|(_, jobs)| jobs.start_jobs("a")).collect();
        for (registry, _) in &all {
            assert_eq!(lines(registry, "running"), ["kind=a 1"]);
        }
        // Half of them in another thread.
        let mut guards = guards.into_iter();
        guards.by_ref().take(25).for_each(JobsJobsGuard::end);
        thread::spawn(move || guards.for_each(JobsJobsGuard::end)).join().unwrap();
        for (registry, _) in &all {
            assert_eq!(lines(registry, "running"), ["kind=a 0"]);
            assert_eq!(lines(registry, "jobs"), [format!("kind=a {round}")]);
        }
    }
}

#[metrics(namespace = "jobs")]
pub trait Jobs {
    /// Jobs.
    #[counter]
    #[up_down_counter(in_flight, name = "running", labels(kind))]
    fn jobs(&self, #[label(cap = 5)] kind: &str);
}

/// Records in many registries when its thread's locals are destroyed.
struct ManyAtEnd(RefCell<Vec<Instruments<dyn Metrics>>>);

impl Drop for ManyAtEnd {
    fn drop(&mut self) {
        for metrics in self.0.take() {
            metrics.calls();
            metrics.size(2.0);
        }
    }
}

thread_local! {
    static MANY_BEFORE: ManyAtEnd = const { ManyAtEnd(RefCell::new(Vec::new())) };
    static MANY_AFTER: ManyAtEnd = const { ManyAtEnd(RefCell::new(Vec::new())) };
}

#[test]
fn destructors_of_thread_locals_can_record_in_many_registries() {
    let all: Vec<_> = (0..100).map(|_| registered()).collect();
    let metrics: Vec<_> = all.iter().map(|(_, metrics)| metrics.clone()).collect();
    // A scope would not wait for the destructors.
    thread::spawn(move || {
        // One is made before the thread's sums, one after: one of them is destroyed after these.
        MANY_BEFORE.with(|at_end| at_end.0.borrow_mut().clone_from(&metrics));
        for metrics in &metrics {
            metrics.calls();
        }
        MANY_AFTER.with(|at_end| *at_end.0.borrow_mut() = metrics);
    })
    .join()
    .unwrap();
    for (registry, _) in &all {
        assert_eq!(lines(registry, "calls"), ["3"]);
        assert_eq!(lines(registry, "size"), ["[0, 2, 0, 0] sum 4"]);
    }
}

#[test]
fn registries_come_and_go_on_one_thread() {
    for _ in 0..1_000 {
        let (registry, metrics) = registered();
        let metrics: Arc<dyn Metrics> = Arc::new(metrics);
        metrics.calls();
        assert_eq!(lines(&registry, "calls"), ["1"]);
    }
}

/// The instruments outlive the registry: recording goes on, for nobody.
#[test]
fn instruments_outlive_their_registry() {
    let (registry, metrics) = registered();
    drop(registry);
    metrics.calls();
    thread::spawn(move || metrics.calls()).join().unwrap();
}

#[metrics(namespace = "floats")]
pub trait Floats {
    /// Cost.
    #[counter(value = n)]
    fn cost(&self, n: f64);

    /// Sizes.
    #[histogram(buckets = [1.0])]
    fn size(&self, n: f64);
}

/// The sum of floats depends on their order, and threads that end change it.
#[test]
fn sums_of_floats_do_not_fall_when_threads_end() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Floats>().unwrap();
    let sums = || {
        let number = |line: &str| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap();
        (number(&lines(&registry, "cost")[0]), number(&lines(&registry, "size")[0]))
    };
    for round in 1..=20 {
        let (ready, go) = (Barrier::new(13), Barrier::new(13));
        thread::scope(|scope| {
            let threads: Vec<_> = (1..=12)
                .map(|thread| {
                    let (metrics, ready, go) = (&metrics, &ready, &go);
                    scope.spawn(move || {
                        let n = 0.1 * f64::from(thread * round);
                        metrics.cost(n);
                        metrics.size(n);
                        ready.wait();
                        go.wait();
                    })
                })
                .collect();
            ready.wait();
            let mut before = sums();
            go.wait();
            for thread in threads {
                thread.join().unwrap();
                let now = sums();
                assert!(now.0 >= before.0 && now.1 >= before.1, "{now:?} after {before:?}");
                before = now;
            }
        });
    }
}
